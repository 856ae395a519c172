//! Encodes a column of long runs (the constant columns, the first key) run by run. The general writer would hash every row, which
//! for such columns is most of its work; the result is an ordinary dictionary-coded column chunk.

use std::io::Write;

use parquet::basic::{Compression, Encoding, PageType};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::Result;
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

/// A required column as runs of entries of a dictionary.
pub(crate) struct ColumnRuns {
    /// The entries one after the other, as Parquet's PLAIN encoding has them.
    dictionary: Vec<u8>,
    entries: u32,
    bounds: Statistics,
    /// Entry and number of rows.
    runs: Vec<(u32, u32)>,
}

impl ColumnRuns {
    /// Text, with the entries in order of first occurrence.
    pub(crate) fn text(entries: &[&str], runs: Vec<(u32, u32)>) -> ColumnRuns {
        let mut dictionary = Vec::new();
        for e in entries {
            dictionary.extend((e.len() as u32).to_le_bytes());
            dictionary.extend(e.as_bytes());
        }
        let bound = |e: Option<&&str>| e.map(|e| ByteArray::from(*e));
        let bounds = Statistics::byte_array(bound(entries.iter().min()), bound(entries.iter().max()), None, Some(0), false);
        ColumnRuns { dictionary, entries: entries.len() as u32, bounds, runs }
    }

    /// One 64-bit number on every row.
    pub(crate) fn number(value: i64, rows: u32) -> ColumnRuns {
        let bounds = Statistics::int64(Some(value), Some(value), None, Some(0), false);
        ColumnRuns { dictionary: value.to_le_bytes().to_vec(), entries: 1, bounds, runs: vec![(0, rows)] }
    }

    /// Parquet's hybrid encoding with repeated runs only, behind its width.
    fn indices(&self) -> Vec<u8> {
        let width = (32 - self.entries.saturating_sub(1).leading_zeros()).max(1);
        let bytes = width.div_ceil(8) as usize;
        let mut out = vec![width as u8];
        for &(entry, rows) in &self.runs {
            let mut header = u64::from(rows) << 1;
            while header >= 0x80 {
                out.push(header as u8 | 0x80);
                header >>= 7;
            }
            out.push(header as u8);
            out.extend(&entry.to_le_bytes()[..bytes]);
        }
        out
    }

    /// Writes the column as the next one of a row group.
    pub(crate) fn write<W: Write + Send>(self, group: &mut SerializedRowGroupWriter<'_, W>, column: ColumnDescPtr) -> Result<()> {
        let rows: u64 = self.runs.iter().map(|r| u64::from(r.1)).sum();
        let indices = self.indices();
        let mut bytes = TrackedWrite::new(Vec::new());
        let mut pages = SerializedPageWriter::new(&mut bytes);
        let mut put = |page: Page, len: usize| pages.write_page(CompressedPage::new(page, len));
        let len = self.dictionary.len();
        let page = Page::DictionaryPage {
            buf: self.dictionary.into(),
            num_values: self.entries,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        let dictionary = put(page, len)?;
        let len = indices.len();
        let page = Page::DataPage {
            buf: indices.into(),
            num_values: rows as u32,
            encoding: Encoding::RLE_DICTIONARY,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let data = put(page, len)?;
        let bytes = bytes::Bytes::from(bytes.into_inner()?);
        let stats = |page_type, encoding| PageEncodingStats { page_type, encoding, count: 1 };
        let metadata = ColumnChunkMetaData::builder(column)
            .set_encodings(vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY])
            .set_page_encoding_stats(vec![
                stats(PageType::DICTIONARY_PAGE, Encoding::PLAIN),
                stats(PageType::DATA_PAGE, Encoding::RLE_DICTIONARY),
            ])
            .set_compression(Compression::UNCOMPRESSED)
            .set_num_values(rows as i64)
            .set_total_compressed_size(bytes.len() as i64)
            .set_total_uncompressed_size((dictionary.uncompressed_size + data.uncompressed_size) as i64)
            .set_dictionary_page_offset(Some(dictionary.offset as i64))
            .set_data_page_offset(data.offset as i64)
            .set_statistics(self.bounds)
            .build()?;
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: rows,
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        group.append_column(&bytes, close)
    }
}
