//! One column of one row group as the bytes that go into the file: encoded, compressed, and the smallest of what was
//! tried.
//!
//! Compression happens here and not in `parquet`, for two reasons that are worth 6 % of a small segment and two thirds
//! of the time: zstd is told a page's size beforehand (it then fits its tables to it, and its frames are shorter), and
//! its working memory is made once a file instead of once a page.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter};
use parquet::column::writer::{ColumnCloseResult, get_column_writer};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{
    DeltaBinaryPackedEncoderOptions, EnabledStatistics, WriterProperties, WriterPropertiesPtr,
};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

use super::cells::Cells;
use super::schema::Column;

/// Rows of a page: what a read of one series must decode at least.
pub(super) const PAGE_ROWS: usize = 8_192;

/// By measurement on real series: level 9 makes files 3 % larger, 19 makes them 1 % smaller at five times the work.
const ZSTD_OF_DOUBLES: i32 = 14;

/// Texts and times are a tenth of a file, and hardly shrink further.
const ZSTD_OF_KEYS: i32 = 9;

/// Below this size a chunk may be smaller without zstd's frames.
const SMALL: usize = 256;

/// Texts repeat within a series and pages are cut by rows alone, so that the columns' pages cover the same rows and
/// pruning may combine their bounds.
const TEXT_PAGE_BYTES: usize = 1 << 26;

/// Longer texts are cut in statistics and page indexes; series that are equal so far are then not told apart there.
const INDEXED_TEXT_BYTES: usize = 256;

/// An encoded chunk, ready to be appended to a row group.
pub(super) struct Chunk {
    pub(super) bytes: Bytes,
    pub(super) close: ColumnCloseResult,
}

/// What the chunks of a file are compressed with. Its frames carry zstd's checksum, which every decoder verifies: a
/// damaged page is an error and not another number, for four bytes a page.
pub(super) fn compressor() -> Result<Compressor<'static>> {
    let mut zstd = Compressor::new(ZSTD_OF_DOUBLES)?;
    zstd.include_checksum(true)?;
    Ok(zstd)
}

/// Encodes `cells` in each way that may be the smallest, and keeps the smallest.
pub(super) fn encode(
    column: Column,
    descriptor: &ColumnDescPtr,
    cells: &Cells,
    indexed: bool,
    zstd: &mut Compressor<'static>,
) -> Result<Chunk> {
    let level = if matches!(cells, Cells::Doubles(_)) { ZSTD_OF_DOUBLES } else { ZSTD_OF_KEYS };
    zstd.set_compression_level(level)?;
    let mut smallest: Option<Chunk> = None;
    let mut keep = |chunk: Chunk| {
        if smallest.as_ref().is_none_or(|best| chunk.bytes.len() < best.bytes.len()) {
            smallest = Some(chunk);
        }
    };
    for layout in candidates(cells) {
        let properties = properties(column, *layout, indexed)?;
        let packed = encode_once(descriptor, cells, &properties, Some(zstd))?;
        if packed.bytes.len() < SMALL {
            keep(encode_once(descriptor, cells, &properties, None)?);
        }
        keep(packed);
    }
    smallest.ok_or_else(|| ParquetError::General("a column without a candidate encoding".to_owned()))
}

/// One way to encode a column.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Plain,
    Dictionary,
    /// `DELTA_BINARY_PACKED` with (values of a block, miniblocks of a block).
    Delta(usize, usize),
}

/// Where one series ends and the next begins, time jumps back by most of a day, and all values of that block are stored
/// as wide as the jump. zstd makes nothing of equally wide equal deltas, so for regular series one block for the whole
/// page is by far the smallest; irregular ones are better off with small blocks, and many series at the same few times
/// with a dictionary.
const TIMES: [Layout; 3] = [Layout::Delta(PAGE_ROWS, 32), Layout::Delta(128, 4), Layout::Dictionary];

fn candidates(cells: &Cells) -> &'static [Layout] {
    match cells {
        Cells::Texts(_) => &[Layout::Dictionary],
        Cells::Times(_) => &TIMES,
        Cells::Doubles(doubles) if !doubles.is_null() && doubles.repeats() => {
            &[Layout::Plain, Layout::Dictionary]
        }
        Cells::Doubles(_) => &[Layout::Plain],
    }
}

fn properties(column: Column, layout: Layout, indexed: bool) -> Result<WriterPropertiesPtr> {
    let statistics =
        if indexed && column.prunes() { EnabledStatistics::Page } else { EnabledStatistics::None };
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::UNCOMPRESSED)
        .set_statistics_enabled(statistics)
        .set_offset_index_disabled(!indexed)
        .set_column_index_truncate_length(Some(INDEXED_TEXT_BYTES))
        .set_statistics_truncate_length(Some(INDEXED_TEXT_BYTES))
        .set_data_page_row_count_limit(PAGE_ROWS);
    if matches!(column, Column::MetricName | Column::Dimensions | Column::Unit) {
        builder = builder.set_data_page_size_limit(TEXT_PAGE_BYTES);
    }
    let builder = match layout {
        Layout::Dictionary => builder.set_dictionary_enabled(true),
        Layout::Plain => builder.set_dictionary_enabled(false).set_encoding(Encoding::PLAIN),
        Layout::Delta(block, miniblocks) => builder
            .set_dictionary_enabled(false)
            .set_encoding(Encoding::DELTA_BINARY_PACKED)
            .set_delta_binary_packed_encoder_options(DeltaBinaryPackedEncoderOptions::try_new(
                block, miniblocks,
            )?),
    };
    Ok(Arc::new(builder.build()))
}

fn encode_once(
    descriptor: &ColumnDescPtr,
    cells: &Cells,
    properties: &WriterPropertiesPtr,
    zstd: Option<&mut Compressor<'static>>,
) -> Result<Chunk> {
    let codec = match zstd {
        // The level is the compressor's own; the file only names the codec.
        Some(_) => Compression::ZSTD(ZstdLevel::default()),
        None => Compression::UNCOMPRESSED,
    };
    let mut sink = TrackedWrite::new(Vec::new());
    let pages = Pages { pages: SerializedPageWriter::new(&mut sink), zstd };
    let mut writer = get_column_writer(Arc::clone(descriptor), Arc::clone(properties), Box::new(pages));
    cells.write(&mut writer)?;
    let mut close = writer.close()?;
    // The codec is named here because the pages went past `parquet`'s own. What else is taken away are hints that no
    // reader needs: in a file of five thousand points they would be a twelfth of it.
    close.metadata = close
        .metadata
        .into_builder()
        .set_compression(codec)
        .clear_page_encoding_stats()
        .set_unencoded_byte_array_data_bytes(None)
        .set_repetition_level_histogram(None)
        .set_definition_level_histogram(None)
        .build()?;
    Ok(Chunk { bytes: sink.into_inner()?.into(), close })
}

/// Compresses each page on its way into the chunk.
struct Pages<'a, W: Write> {
    pages: SerializedPageWriter<'a, W>,
    zstd: Option<&'a mut Compressor<'static>>,
}

impl<W: Write + Send> PageWriter for Pages<'_, W> {
    fn write_page(&mut self, page: CompressedPage) -> Result<PageWriteSpec> {
        let page = match &mut self.zstd {
            Some(zstd) => compressed(&page, zstd)?,
            None => page,
        };
        self.pages.write_page(page)
    }

    fn close(&mut self) -> Result<()> {
        self.pages.close()
    }
}

fn compressed(page: &CompressedPage, zstd: &mut Compressor<'static>) -> Result<CompressedPage> {
    let packed = Bytes::from(zstd.compress(page.data())?);
    let page_of_packed = match page.compressed_page() {
        Page::DataPage { num_values, encoding, def_level_encoding, rep_level_encoding, .. } => {
            Page::DataPage {
                buf: packed,
                num_values: *num_values,
                encoding: *encoding,
                def_level_encoding: *def_level_encoding,
                rep_level_encoding: *rep_level_encoding,
                statistics: None,
            }
        }
        Page::DictionaryPage { num_values, encoding, is_sorted, .. } => Page::DictionaryPage {
            buf: packed,
            num_values: *num_values,
            encoding: *encoding,
            is_sorted: *is_sorted,
        },
        Page::DataPageV2 { .. } => {
            return Err(ParquetError::General("segments have data pages of version 1".to_owned()));
        }
    };
    Ok(CompressedPage::new(page_of_packed, page.uncompressed_size()))
}
