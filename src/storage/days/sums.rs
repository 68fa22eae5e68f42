//! The checksums of a sealed day, in a file beside it.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::super::bits::{Cursor, close_row, open_row};
use super::super::disk::{Disk, Mode, sums_of};

/// Sums up a file and keeps the sums. Durable when it returns.
pub(super) fn write_sums(disk: &Arc<dyn Disk>, path: &Path) -> io::Result<()> {
    let file = disk.open(path, Mode::Read)?;
    let sums = sums_of(&*file)?;
    let mut row = Vec::with_capacity(sums.len() * 4 + 24);
    row.extend_from_slice(MAGIC);
    row.extend_from_slice(&VERSION.to_le_bytes());
    row.extend_from_slice(&file.len()?.to_le_bytes());
    for sum in sums {
        row.extend_from_slice(&sum.to_le_bytes());
    }
    let target = path.with_extension("sums");
    let draft = path.with_extension("sums.tmp");
    let out = disk.open(&draft, Mode::Create)?;
    out.set_len(0)?;
    out.write(0, &close_row(row))?;
    out.sync()?;
    disk.rename(&draft, &target)?;
    path.parent().map_or(Ok(()), |folder| disk.sync_dir(folder))
}

/// The length of the file and its sums; `None` when there are none, or they are damaged themselves.
pub(super) fn read_sums(disk: &Arc<dyn Disk>, path: &Path) -> io::Result<Option<(u64, Vec<u32>)>> {
    let file = match disk.open(&path.with_extension("sums"), Mode::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = vec![0; usize::try_from(file.len()?).map_err(io::Error::other)?];
    file.read(0, &mut bytes)?;
    Ok(parse(&bytes))
}

/// Takes the sums away before the file is written to. Durable when it returns.
pub(super) fn remove_sums(disk: &Arc<dyn Disk>, path: &Path) -> io::Result<()> {
    match disk.remove(&path.with_extension("sums")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    path.parent().map_or(Ok(()), |folder| disk.sync_dir(folder))
}

fn parse(bytes: &[u8]) -> Option<(u64, Vec<u32>)> {
    let mut cursor = Cursor::new(open_row(bytes)?);
    if cursor.take(MAGIC.len())? != MAGIC || cursor.u32()? != VERSION {
        return None;
    }
    let length = cursor.u64()?;
    let mut sums = Vec::with_capacity(cursor.rest().len() / 4);
    while !cursor.is_empty() {
        sums.push(cursor.u32()?);
    }
    Some((length, sums))
}

const MAGIC: &[u8; 8] = b"mbdaysum";
const VERSION: u32 = 1;
