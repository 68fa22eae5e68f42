//! Series rows: the labels of up to 256 neighbours, packed and compressed together. The registry and every day
//! file hold such rows.

use super::bits::{Cursor, close_row, open_row, put_varint};
use crate::model::Labels;

/// The row that a series is in.
pub(super) fn block_of(id: u32) -> u32 {
    id >> 8
}

/// Packs the series of one row; all have to be of that row, in order.
pub(super) fn encode_series_row<'a>(series: impl IntoIterator<Item = (u32, &'a Labels)>) -> Vec<u8> {
    let mut plain = Vec::new();
    for (id, labels) in series {
        let packed = labels.as_packed();
        plain.push(id as u8);
        put_varint(&mut plain, packed.len() as u64);
        plain.extend_from_slice(packed.as_bytes());
    }
    let mut row = Vec::with_capacity(plain.len() / 4 + 16);
    row.extend_from_slice(&(plain.len() as u32).to_le_bytes());
    row.extend_from_slice(&lz4_flex::block::compress(&plain));
    close_row(row)
}

/// The way back of [`encode_series_row`]; `None` for a damaged row.
pub(super) fn decode_series_row(block: u32, row: &[u8]) -> Option<Vec<(u32, Labels)>> {
    let mut cursor = Cursor::new(open_row(row)?);
    let length = cursor.u32()? as usize;
    let plain = lz4_flex::block::decompress(cursor.rest(), length).ok()?;
    let mut cursor = Cursor::new(&plain);
    let mut series = Vec::new();
    while !cursor.is_empty() {
        let id = (block << 8) | u32::from(cursor.byte()?);
        let length = cursor.length()?;
        let packed = std::str::from_utf8(cursor.take(length)?).ok()?;
        series.push((id, Labels::from_packed(packed)?));
    }
    Some(series)
}
