//! Journal bodies are zstd frames.

use std::cell::RefCell;

use zstd::bulk::{Compressor, Decompressor};

use crate::error::StoreError;

/// zstd's fastest ordinary level: the hot path compresses at about the speed that it encodes at.
const LEVEL: i32 = 1;

/// No batch of 1,000 metrics with 30 dimensions of full length and 150 values each decodes to more than this.
const LARGEST: usize = 64 << 20;

thread_local! {
    /// Made once: the tables of a fresh compressor take longer to clear than a small batch takes to compress.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

pub(crate) fn compress(batch: &[u8]) -> std::io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(compressor) => compressor.compress(batch),
        None => kept.insert(Compressor::new(LEVEL)?).compress(batch),
    })
}

pub(crate) fn decompress(body: &[u8], what: &dyn Fn() -> String) -> Result<Vec<u8>, StoreError> {
    let size = zstd::zstd_safe::get_frame_content_size(body).ok().flatten().unwrap_or(u64::MAX);
    if size > LARGEST as u64 {
        return Err(StoreError::corrupt(what(), "it is too large or not zstd"));
    }
    let decompressed = DECOMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(decompressor) => decompressor.decompress(body, size as usize),
        None => kept.insert(Decompressor::new()?).decompress(body, size as usize),
    });
    decompressed.map_err(|error| StoreError::corrupt(what(), error))
}
