//! A zip archive of texts.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// An archive being written.
pub(in crate::sample) struct Archive<W: io::Write = BufWriter<File>>(rawzip::ZipArchiveWriter<W>);

impl Archive {
    /// A new archive at a path.
    pub(super) fn create(path: &Path) -> io::Result<Archive> {
        Ok(Archive::new(BufWriter::new(File::create(path)?)))
    }
}

impl<W: io::Write> Archive<W> {
    /// A new archive.
    pub(in crate::sample) fn new(to: W) -> Archive<W> {
        Archive(rawzip::ZipArchiveWriter::new(to))
    }
    /// Adds a file.
    pub(in crate::sample) fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
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
    pub(in crate::sample) fn finish(self) -> io::Result<W> {
        let mut to = self.0.finish().map_err(io::Error::other)?;
        to.flush()?;
        Ok(to)
    }
}
