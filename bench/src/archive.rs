//! Archives of real data: `.tar.gz`.

use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;

use crate::Result;

const BLOCK: usize = 512;

/// The tar archive in a `.tar.gz`.
pub(crate) fn unpack(archive: &Path) -> Result<Vec<u8>> {
    let packed = std::fs::read(archive).map_err(|error| format!("{}: {error}", archive.display()))?;
    let mut tar = Vec::new();
    GzDecoder::new(packed.as_slice()).read_to_end(&mut tar)?;
    Ok(tar)
}

/// Names and texts of the files of a tar archive (POSIX ustar: a header of 512 bytes, then the content in blocks).
pub(crate) fn files(mut tar: &[u8]) -> Result<Vec<(String, &str)>> {
    let mut files = Vec::new();
    while tar.len() >= BLOCK && tar[0] != 0 {
        let (header, rest) = tar.split_at(BLOCK);
        let field = |range: std::ops::Range<usize>| {
            String::from_utf8_lossy(&header[range]).trim_matches(['\0', ' ']).to_owned()
        };
        let (name, size) = (field(0..100), usize::from_str_radix(&field(124..136), 8)?);
        let content = rest.get(..size).ok_or("the archive is cut off")?;
        if matches!(header[156], b'0' | 0) {
            files.push((name, std::str::from_utf8(content).unwrap_or_default()));
        }
        tar = rest.get(size.next_multiple_of(BLOCK)..).unwrap_or_default();
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_that_are_cut_off() {
        let mut header = vec![0u8; BLOCK];
        header[..5].copy_from_slice(b"a.csv");
        header[124..127].copy_from_slice(b"777");
        assert!(files(&header).is_err());
        assert_eq!(files(&[]).unwrap(), vec![]);
    }
}
