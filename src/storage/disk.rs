//! The only way to the disk: one small trait, so that tests can fail, tear or freeze any write or sync.
//!
//! The log writes through it, and redb does too ([`RedbFile`]), sealed days with every byte checked.

use std::any::Any;
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::Arc;

/// A file system, as far as the store needs one.
pub trait Disk: fmt::Debug + Send + Sync {
    /// Makes a folder and those above it.
    ///
    /// # Errors
    /// The system's.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// The names of the files of a folder, in no order.
    ///
    /// # Errors
    /// The system's.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;

    /// Opens a file.
    ///
    /// # Errors
    /// The system's; `NotFound` for a file that is not there unless `mode` makes it.
    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn DiskFile>>;

    /// Renames a file over whatever had the name.
    ///
    /// # Errors
    /// The system's.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// The system's.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes creations, renames and removals in a folder durable.
    ///
    /// # Errors
    /// The system's.
    fn sync_dir(&self, folder: &Path) -> io::Result<()>;

    /// Takes the lock of the data directory, held as long as the answer lives; `None` when somebody else has it.
    ///
    /// # Errors
    /// The system's.
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Any + Send + Sync>>>;
}

/// How to open a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Only to read.
    Read,
    /// To read and write.
    Write,
    /// To read and write; made when it is not there.
    Create,
}

/// An open file. Reads and writes name their place; a write is durable after the next [`DiskFile::sync`].
// A length is a length; there is no use for `is_empty`.
#[allow(clippy::len_without_is_empty)]
pub trait DiskFile: fmt::Debug + Send + Sync {
    /// Bytes in the file.
    ///
    /// # Errors
    /// The system's.
    fn len(&self) -> io::Result<u64>;

    /// Bytes on the disk, where holes count nothing.
    ///
    /// # Errors
    /// The system's.
    fn allocated(&self) -> io::Result<u64>;

    /// Fills `out` from `offset` on.
    ///
    /// # Errors
    /// The system's; `UnexpectedEof` past the end.
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// The system's; a part may have been written then.
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts or extends (with zeros).
    ///
    /// # Errors
    /// The system's.
    fn set_len(&self, length: u64) -> io::Result<()>;

    /// Makes what was written, and the length, durable (fdatasync).
    ///
    /// # Errors
    /// The system's; what was written since the last sync may be lost then, whatever a later sync says.
    fn sync(&self) -> io::Result<()>;

    /// Lets the system drop its memory of what is synced. A hint: nothing depends on it but how much is written
    /// later. Linux keeps what was written at once in one large folio and writes back more of it than the few bytes that
    /// change afterwards; once dropped, small writes stay small.
    fn forget(&self) {}
}

/// The real file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir_all(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn DiskFile>> {
        let file = OpenOptions::new()
            .read(true)
            .write(mode != Mode::Read)
            .create(mode == Mode::Create)
            .truncate(false)
            .open(path)?;
        Ok(Arc::new(RealFile { file }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Any + Send + Sync>>> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[derive(Debug)]
struct RealFile {
    file: File,
}

impl DiskFile for RealFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn allocated(&self) -> io::Result<u64> {
        // The system counts in 512 byte units, whatever the block size.
        Ok(self.file.metadata()?.blocks() * 512)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(out, offset)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, offset)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn forget(&self) {
        // A file system that does not know the hint works all the same.
        let _ = rustix::fs::fadvise(&self.file, 0, None, rustix::fs::Advice::DontNeed);
    }
}

/// A file as redb wants it; with checksums, nothing that fails them reaches redb, which trusts what it reads.
#[derive(Debug)]
pub(super) struct RedbFile {
    file: Arc<dyn DiskFile>,
    /// Length of the file and a sum for each block.
    sums: Option<(u64, Vec<u32>)>,
}

impl RedbFile {
    pub(super) fn new(file: Arc<dyn DiskFile>) -> Self {
        Self { file, sums: None }
    }

    pub(super) fn checked(file: Arc<dyn DiskFile>, length: u64, sums: Vec<u32>) -> Self {
        Self { file, sums: Some((length, sums)) }
    }

    fn read_checked(&self, file_length: u64, sums: &[u32], offset: u64, out: &mut [u8]) -> io::Result<()> {
        let length = out.len() as u64;
        let first = offset / SUM_BLOCK;
        let end = (offset + length).div_ceil(SUM_BLOCK) * SUM_BLOCK;
        let end = end.min(file_length).max(offset + length);
        let start = first * SUM_BLOCK;
        let mut blocks = vec![0; usize::try_from(end - start).map_err(io::Error::other)?];
        self.file.read(start, &mut blocks)?;
        for (index, block) in blocks.chunks(SUM_BLOCK as usize).enumerate() {
            let number = first + index as u64;
            let sum = usize::try_from(number).ok().and_then(|number| sums.get(number));
            if sum != Some(&crc32fast::hash(block)) {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("the checksum at byte {} does not hold", number * SUM_BLOCK),
                ));
            }
        }
        let skip = usize::try_from(offset - start).map_err(io::Error::other)?;
        let wanted = blocks.get(skip..skip + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(wanted);
        Ok(())
    }
}

impl redb::StorageBackend for RedbFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        match &self.sums {
            None => self.file.read(offset, out),
            Some((length, sums)) => self.read_checked(*length, sums, offset, out),
        }
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync()
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write(offset, bytes)
    }
}

/// The checksums of a whole file, one a block.
pub(super) fn sums_of(file: &dyn DiskFile) -> io::Result<Vec<u32>> {
    let length = file.len()?;
    let mut sums = Vec::new();
    let mut offset = 0;
    let mut buffer = vec![0; READ_AHEAD];
    while offset < length {
        let part = usize::try_from((length - offset).min(READ_AHEAD as u64)).map_err(io::Error::other)?;
        let Some(window) = buffer.get_mut(..part) else { break };
        file.read(offset, window)?;
        sums.extend(window.chunks(SUM_BLOCK as usize).map(crc32fast::hash));
        offset += part as u64;
    }
    Ok(sums)
}

/// What one checksum covers: redb's page, so that a read of one page checks nothing else.
const SUM_BLOCK: u64 = 4096;

/// Read at a time when a whole file is summed; a multiple of the block.
const READ_AHEAD: usize = 1 << 18;
