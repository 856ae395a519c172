//! Portions of an import: rows of first keys that come in no other portion, put on disk with dictionaries of their own.
//!
//! An archive of companies hands over one company after the other, and the accession numbers of one are of no use to the next. Without
//! portions the dictionaries of an import would grow with its file; with them, memory is that of one portion.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use plimsoll_model::dataset::DatasetSpec;

use crate::batch::{Batch, Values};
use crate::error::{Result, io};
use crate::intake::Interner;
use crate::run::Run;

/// A sorted run with the texts of its codes, both on disk.
pub(crate) struct Portion {
    /// The rows.
    pub run: Run,
    texts: PathBuf,
}

impl Portion {
    /// Puts a run and the texts of its codes on disk.
    pub(crate) fn new(run: Run, interners: &[Interner], path: &Path) -> Result<Portion> {
        let texts = path.with_extension("texts");
        let write = || -> std::io::Result<()> {
            let mut out = BufWriter::with_capacity(1 << 20, File::create(&texts)?);
            for interner in interners {
                out.write_all(&(interner.texts.len() as u32).to_le_bytes())?;
                for text in &interner.texts {
                    out.write_all(&(text.len() as u32).to_le_bytes())?;
                    out.write_all(text.as_bytes())?;
                }
            }
            out.flush()
        };
        write().map_err(|e| io(&texts, e))?;
        Ok(Portion { run: run.spilled(path)?, texts })
    }

    /// The dictionaries of its columns.
    pub(crate) fn interners(&self, spec: &DatasetSpec) -> Result<Vec<Interner>> {
        let read = || -> std::io::Result<Vec<Interner>> {
            let mut file = BufReader::with_capacity(1 << 20, File::open(&self.texts)?);
            let number = |file: &mut BufReader<File>| -> std::io::Result<u32> {
                let mut bytes = [0; 4];
                file.read_exact(&mut bytes)?;
                Ok(u32::from_le_bytes(bytes))
            };
            let mut out = Vec::with_capacity(spec.columns.len());
            for _ in spec.columns {
                let mut interner = Interner::default();
                for _ in 0..number(&mut file)? {
                    let mut text = vec![0; number(&mut file)? as usize];
                    file.read_exact(&mut text)?;
                    interner.code(&String::from_utf8(text).map_err(std::io::Error::other)?);
                }
                out.push(interner);
            }
            Ok(out)
        };
        read().map_err(|e| io(&self.texts, e))
    }

    /// Its rows, coded by other dictionaries.
    pub(crate) fn recoded(&self, spec: &DatasetSpec, into: &mut [Interner]) -> Result<Batch> {
        let mut rows = self.run.rows(spec, 0..self.run.keys.len())?;
        recode(&mut rows, &self.interners(spec)?, into);
        Ok(rows)
    }
}

/// Codes of some dictionaries made codes of others.
pub(crate) fn recode(rows: &mut Batch, from: &[Interner], into: &mut [Interner]) {
    for ((column, from), into) in rows.columns.iter_mut().zip(from).zip(into) {
        if let Values::Code(codes) = column {
            codes.iter_mut().for_each(|c| *c = into.code(&from.texts[*c as usize]));
        }
    }
}
