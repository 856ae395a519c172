//! Zip archives read entry by entry: entries are inflated and read on all cores, a few megabytes of them at a time, and handed on in the
//! order of the archive. An archive that breaks off gives the entries that are whole.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::{Decompress, FlushDecompress, Status};
use rawzip::{CompressionMethod, RECOMMENDED_BUFFER_SIZE, ZipArchive};
use rayon::prelude::*;

use crate::table::refusal;
use crate::{Sink, SourceError};

/// Unpacked bytes that are in work at a time.
const WAVE: u64 = 32 << 20;
/// Entries in work at a time: archives of many tiny files.
const WAVE_ENTRIES: usize = 4096;
/// The largest entry that is unpacked in one piece; the largest of the SEC's are about 20 MB, its `num.txt` about 500 MB.
pub(super) const LARGEST: u64 = 1 << 31;
/// Deflate shrinks by no more than this: a larger claim is a mistake or an attack.
const MOST_SHRINK: u64 = 1032;

const LOCAL_HEADER: [u8; 4] = *b"PK\x03\x04";
const LOCAL_HEADER_SIZE: usize = 30;

/// One file of an archive.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its name, as the archive has it.
    pub name: String,
    /// One-based place in the archive.
    pub number: u64,
    /// Where its bytes begin and how many they are.
    at: u64,
    compressed: u64,
    /// Bytes unpacked.
    pub size: u64,
    crc: u32,
    deflated: bool,
}

/// An archive that was opened.
pub(super) struct Archive {
    path: PathBuf,
    file: File,
    bytes: u64,
    /// Its files.
    pub entries: Vec<Entry>,
    /// Where and how it breaks off, if it does.
    broken: Option<(String, String)>,
}

impl Archive {
    /// Whether a file begins as an archive does.
    pub(super) fn is_one(path: &Path) -> Result<bool, SourceError> {
        let mut magic = [0; 4];
        let mut file = File::open(path).map_err(|cause| SourceError::Io { path: path.to_owned(), cause })?;
        Ok(file.read_exact(&mut magic).is_ok() && magic == LOCAL_HEADER)
    }

    /// Reads the directory, or finds the entries one after the other where there is none.
    pub(super) fn open(path: &Path) -> Result<Archive, SourceError> {
        let io = |cause| SourceError::Io { path: path.to_owned(), cause };
        let file = File::open(path).map_err(io)?;
        let bytes = file.metadata().map_err(io)?.len();
        let again = file.try_clone().map_err(io)?;
        let mut archive = Archive { path: path.to_owned(), file, bytes, entries: Vec::new(), broken: None };
        if let Err(why) = archive.directory(again) {
            archive.entries.clear();
            archive.walk(&why.to_string()).map_err(io)?;
            if archive.entries.is_empty() {
                return Err(SourceError::Layout {
                    path: path.to_owned(),
                    row: 0,
                    field: "archive".to_owned(),
                    expected: "a zip archive with at least one whole file; download it again".to_owned(),
                    got: why.to_string(),
                });
            }
        }
        Ok(archive)
    }

    fn directory(&mut self, file: File) -> Result<(), rawzip::Error> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let zip = ZipArchive::from_file(file, &mut buffer)?;
        let mut entries = zip.entries(&mut buffer);
        while let Some(e) = entries.next_entry()? {
            let range = zip.get_entry(e.wayfinder())?.compressed_data_range();
            let number = self.entries.len() as u64 + 1;
            if e.is_dir() {
                continue;
            }
            self.entries.push(Entry {
                name: String::from_utf8_lossy(e.file_path().as_bytes()).into_owned(),
                number,
                at: range.0,
                compressed: range.1.saturating_sub(range.0),
                size: e.uncompressed_size_hint(),
                crc: e.crc32(),
                deflated: e.compression_method() == CompressionMethod::DEFLATE,
            });
        }
        Ok(())
    }

    /// Finds entries by their own headers, for an archive whose directory, at its end, is missing.
    fn walk(&mut self, why: &str) -> std::io::Result<()> {
        let mut at = 0u64;
        loop {
            let mut header = [0; LOCAL_HEADER_SIZE];
            if self.read_at(at, &mut header)? < LOCAL_HEADER_SIZE || header[..4] != LOCAL_HEADER {
                let place = format!("byte {at} of {}", self.bytes);
                self.broken = Some((place, why.to_owned()));
                return Ok(());
            }
            let short = |i: usize| u64::from(u16::from_le_bytes([header[i], header[i + 1]]));
            let long = |i: usize| u32::from_le_bytes([header[i], header[i + 1], header[i + 2], header[i + 3]]);
            let (name_len, extra_len) = (short(26), short(28));
            let mut name = vec![0; name_len as usize];
            self.read_at(at + LOCAL_HEADER_SIZE as u64, &mut name)?;
            let name = String::from_utf8_lossy(&name).into_owned();
            let begin = at + LOCAL_HEADER_SIZE as u64 + name_len + extra_len;
            let deflated = short(8) == 8;
            // Bit 3: sizes stand behind the data, in a descriptor.
            let behind = short(6) & 8 != 0;
            let (crc, compressed, size) = (long(14), u64::from(long(18)), u64::from(long(22)));
            let large = compressed == u64::from(u32::MAX) || size == u64::from(u32::MAX);
            let found = match behind || large {
                false if begin + compressed <= self.bytes => Some((compressed, size, Some(crc))),
                true if deflated => self.measure(begin)?.map(|(c, s)| (c, s, None)),
                _ => None,
            };
            let Some((compressed, size, crc)) = found else {
                self.broken = Some((format!("`{name}`, byte {at} of {}", self.bytes), why.to_owned()));
                return Ok(());
            };
            let end = begin + compressed;
            let next = if behind { self.after_descriptor(end)? } else { Some(end) };
            let number = self.entries.len() as u64 + 1;
            let crc = match crc {
                Some(crc) => crc,
                None => self.checksum(begin, compressed, size)?,
            };
            if !name.ends_with('/') {
                self.entries.push(Entry { name, number, at: begin, compressed, size, crc, deflated });
            }
            match next {
                Some(next) => at = next,
                None => {
                    self.broken = Some((format!("byte {end} of {}", self.bytes), why.to_owned()));
                    return Ok(());
                }
            }
        }
    }

    fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.file.seek(SeekFrom::Start(at))?;
        let mut n = 0;
        while n < buffer.len() {
            match self.file.read(&mut buffer[n..])? {
                0 => break,
                k => n += k,
            }
        }
        Ok(n)
    }

    /// Compressed and unpacked size of deflated data by inflating it; `None` where it does not end.
    fn measure(&mut self, begin: u64) -> std::io::Result<Option<(u64, u64)>> {
        self.file.seek(SeekFrom::Start(begin))?;
        let mut inflate = Decompress::new(false);
        let (mut input, mut output) = (vec![0; 1 << 16], vec![0; 1 << 18]);
        loop {
            let n = self.file.read(&mut input)?;
            let mut used = 0;
            while used < n {
                let before = inflate.total_in();
                match inflate.decompress(&input[used..n], &mut output, FlushDecompress::None) {
                    Ok(Status::StreamEnd) => return Ok(Some((inflate.total_in(), inflate.total_out()))),
                    Ok(_) if inflate.total_out() <= LARGEST => {}
                    _ => return Ok(None),
                }
                used += (inflate.total_in() - before) as usize;
            }
            if n == 0 {
                return Ok(None);
            }
        }
    }

    /// The checksum of data that was found whole, so that what is read later is compared with what was found.
    fn checksum(&mut self, at: u64, compressed: u64, size: u64) -> std::io::Result<u32> {
        let mut raw = vec![0; compressed as usize];
        self.read_at(at, &mut raw)?;
        let mut out = Vec::with_capacity(size as usize);
        let _ = Decompress::new(false).decompress_vec(&raw, &mut out, FlushDecompress::Finish);
        Ok(rawzip::crc32(&out))
    }

    /// The next entry's header behind a descriptor of 12 to 24 bytes; `None` where none follows.
    fn after_descriptor(&mut self, at: u64) -> std::io::Result<Option<u64>> {
        let mut bytes = [0; 28];
        let n = self.read_at(at, &mut bytes)?;
        let follows = |skip: &&usize| n >= **skip + 4 && bytes[**skip..**skip + 4] == LOCAL_HEADER;
        Ok([12, 16, 20, 24].iter().find(follows).map(|skip| at + *skip as u64))
    }

    /// The bytes of an entry, unpacked as they are read; for entries too large to hold.
    pub(super) fn reader(&self, entry: &Entry) -> Result<Box<dyn Read>, SourceError> {
        let io = |cause| SourceError::Io { path: self.path.clone(), cause };
        let mut file = File::open(&self.path).map_err(io)?;
        file.seek(SeekFrom::Start(entry.at)).map_err(io)?;
        let raw = std::io::BufReader::with_capacity(1 << 17, file.take(entry.compressed));
        Ok(if entry.deflated { Box::new(flate2::bufread::DeflateDecoder::new(raw)) } else { Box::new(raw) })
    }

    /// Where and how the archive breaks off, if it does.
    pub(super) fn broken(&self) -> Option<&(String, String)> {
        self.broken.as_ref()
    }

    fn raw(&mut self, entry: &Entry) -> Result<Vec<u8>, SourceError> {
        let available = self.bytes.saturating_sub(entry.at).min(entry.compressed);
        let mut raw = vec![0; available as usize];
        let n = self.read_at(entry.at, &mut raw).map_err(|cause| SourceError::Io { path: self.path.clone(), cause })?;
        raw.truncate(n);
        Ok(raw)
    }

    /// Reads the entries that `wanted` names: `parse` runs on all cores, `hand` receives its results in the order of the archive.
    /// Entries that are damaged are refused.
    pub(super) fn each<T: Send>(
        &mut self,
        sink: &mut dyn Sink,
        wanted: impl Fn(&Entry) -> bool,
        parse: impl Fn(&Entry, &[u8]) -> T + Sync,
        mut hand: impl FnMut(T, &mut dyn Sink) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        let entries: Vec<Entry> = self.entries.iter().filter(|e| wanted(e)).cloned().collect();
        let (mut next, mut waiting) = (0, Vec::new());
        let mut wave = self.wave(&entries, &mut next)?;
        while !wave.is_empty() || !waiting.is_empty() {
            let last = std::mem::take(&mut wave);
            let (mut done, mut following) = (Vec::new(), Ok(Vec::new()));
            let parse = &parse;
            let handed = rayon::in_place_scope(|scope| {
                scope.spawn(|_| {
                    let unpack = |(buffer, inflater): &mut (Vec<u8>, Inflater), (entry, raw): (Entry, Vec<u8>)| {
                        let result = inflater.unpack(&entry, &raw, buffer).map(|()| parse(&entry, buffer));
                        (entry, result)
                    };
                    let start = || (Vec::new(), Inflater::default());
                    done = last.into_par_iter().with_max_len(1).map_init(start, unpack).collect();
                });
                for (entry, result) in waiting.drain(..) {
                    let entry: Entry = entry;
                    sink.progress(entry.at + entry.compressed, self.bytes.max(entry.at + entry.compressed));
                    match result {
                        Ok(parsed) => hand(parsed, sink)?,
                        Err(got) => {
                            let got: String = got;
                            sink.refuse(refusal("damaged_entry", entry.number, &entry.name, "a whole file", got.as_bytes()));
                        }
                    }
                }
                following = self.wave(&entries, &mut next);
                Ok::<(), SourceError>(())
            });
            handed?;
            wave = following?;
            waiting = done;
        }
        if let Some((place, why)) = &self.broken {
            let expected = format!(
                "an archive with its directory at the end; {} whole files were taken, download it again for the rest",
                entries.len()
            );
            let got = format!("breaks off at {place}: {why}");
            sink.refuse(refusal("truncated_archive", self.entries.len() as u64 + 1, "archive", &expected, got.as_bytes()));
        }
        Ok(())
    }

    /// The packed bytes of the next entries, as many as fit a wave.
    fn wave(&mut self, entries: &[Entry], next: &mut usize) -> Result<Vec<(Entry, Vec<u8>)>, SourceError> {
        let mut out = Vec::new();
        let mut bytes = 0;
        while let Some(entry) = entries.get(*next) {
            if !out.is_empty() && (bytes + entry.size > WAVE || out.len() >= WAVE_ENTRIES) {
                break;
            }
            bytes += entry.size;
            out.push((entry.clone(), self.raw(entry)?));
            *next += 1;
        }
        Ok(out)
    }
}

/// Inflates, again and again.
struct Inflater(Decompress);

impl Default for Inflater {
    fn default() -> Inflater {
        Inflater(Decompress::new(false))
    }
}

impl Inflater {
    /// Unpacks an entry into `out`, or says what is wrong with it.
    fn unpack(&mut self, entry: &Entry, raw: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
        out.clear();
        if (raw.len() as u64) < entry.compressed {
            return Err(format!("{} of {} bytes", raw.len(), entry.compressed));
        }
        if entry.size > LARGEST || (entry.deflated && entry.size > (entry.compressed + 1) * MOST_SHRINK) {
            return Err(format!("a claim of {} bytes unpacked from {}", entry.size, entry.compressed));
        }
        if entry.deflated {
            out.reserve(entry.size as usize + 1);
            self.0.reset(false);
            let status = self.0.decompress_vec(raw, out, FlushDecompress::Finish).map_err(|e| e.to_string())?;
            if status != Status::StreamEnd || out.len() as u64 != entry.size {
                return Err(format!("{} bytes unpacked, {} announced", out.len(), entry.size));
            }
        } else {
            out.extend_from_slice(raw);
            if out.len() as u64 != entry.size {
                return Err("a kind of packing other than deflate".to_owned());
            }
        }
        let crc = rawzip::crc32(out);
        if crc == entry.crc { Ok(()) } else { Err(format!("checksum {crc:08x}, announced {:08x}", entry.crc)) }
    }
}

/// Name of the first file of an archive, from the archive's own first bytes; for recognition.
pub(super) fn first_name(bytes: &[u8]) -> Option<String> {
    let header = bytes.get(..LOCAL_HEADER_SIZE).filter(|h| h[..4] == LOCAL_HEADER)?;
    let name = bytes.get(LOCAL_HEADER_SIZE..)?.get(..usize::from(u16::from_le_bytes([header[26], header[27]])))?;
    Some(String::from_utf8_lossy(name).into_owned())
}

/// Name and first unpacked bytes of the first file of an archive, from the archive's own first bytes; for recognition.
pub(super) fn first(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let header = bytes.get(..LOCAL_HEADER_SIZE).filter(|h| h[..4] == LOCAL_HEADER)?;
    let short = |i: usize| usize::from(u16::from_le_bytes([header[i], header[i + 1]]));
    let name = bytes.get(LOCAL_HEADER_SIZE..LOCAL_HEADER_SIZE + short(26))?;
    let data = bytes.get(LOCAL_HEADER_SIZE + short(26) + short(28)..)?;
    let mut out = Vec::with_capacity(1 << 13);
    if short(8) == 8 {
        let _ = Decompress::new(false).decompress_vec(data, &mut out, FlushDecompress::None);
    } else {
        out.extend_from_slice(&data[..data.len().min(1 << 13)]);
    }
    Some((String::from_utf8_lossy(name).into_owned(), out))
}
/// Unpacks an archive that holds one file; bytes and blake3 of what it held.
pub(crate) fn only_entry(path: &Path, to: &Path, most: u64) -> Result<(u64, String), SourceError> {
    let layout = |got: String| SourceError::Layout {
        path: path.to_owned(),
        row: 0,
        field: "archive".to_owned(),
        expected: "a whole zip archive with one file".to_owned(),
        got,
    };
    if !Archive::is_one(path)? {
        return Err(layout("no archive".to_owned()));
    }
    let archive = Archive::open(path)?;
    if let Some((place, why)) = archive.broken() {
        return Err(layout(format!("it breaks off at {place}: {why}")));
    }
    let [entry] = archive.entries.as_slice() else {
        return Err(layout(format!("{} files", archive.entries.len())));
    };
    if entry.size > most {
        return Err(layout(format!("{} bytes, more than {most}", entry.size)));
    }
    let io = |cause| SourceError::Io { path: to.to_owned(), cause };
    let mut bytes = Vec::new();
    archive.reader(entry)?.take(most + 1).read_to_end(&mut bytes).map_err(|e| layout(e.to_string()))?;
    if bytes.len() as u64 != entry.size || rawzip::crc32(&bytes) != entry.crc {
        return Err(layout("a file that does not agree with its checksum".to_owned()));
    }
    std::fs::write(to, &bytes).map_err(io)?;
    Ok((bytes.len() as u64, blake3::hash(&bytes).to_hex().to_string()))
}
