//! A zip archive of texts.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// An archive being written.
pub(super) struct Archive(rawzip::ZipArchiveWriter<BufWriter<File>>);

impl Archive {
    /// A new archive at a path.
    pub(super) fn create(path: &Path) -> io::Result<Archive> {
        Ok(Archive(rawzip::ZipArchiveWriter::new(BufWriter::new(File::create(path)?))))
    }
    /// Adds a file.
    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let method = rawzip::CompressionMethod::DEFLATE;
        let (mut entry, config) = self.0.new_file(name).compression_method(method).start().map_err(io::Error::other)?;
        let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::fast()));
        writer.write_all(bytes)?;
        let (encoder, descriptor) = writer.finish().map_err(io::Error::other)?;
        encoder.finish()?;
        entry.finish(descriptor).map_err(io::Error::other)?;
        Ok(())
    }
    /// Ends the archive.
    pub(super) fn finish(self) -> io::Result<()> {
        self.0.finish().map_err(io::Error::other)?.flush()
    }
}
