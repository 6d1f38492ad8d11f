//! The list of a linked program's places that hold an address, by which the split moves what it keeps. What no place leads
//! to is dropped there.

use std::ops::Range;

use anyhow::{Context as _, Result};
use wasmparser::{BinaryReader, Parser, Payload, RelocSectionReader, RelocationEntry};

/// The places in the code.
pub(crate) const CODE: &str = "reloc.CODE";
/// The places in the data.
pub(crate) const DATA: &str = "reloc.DATA";
const CUSTOM_SECTION: u8 = 0;
const NO_ADDEND: u8 = 0;

/// What becomes of a place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Keep,
    Drop,
    /// Holds the address of another symbol in the data from now on, of its very beginning.
    Point(u32),
}

/// The whole section of the code's places that `entries`, the content of one, becomes.
pub(crate) fn rewrite(entries: &[u8], change: impl Fn(&RelocationEntry) -> Change) -> Result<Vec<u8>> {
    let reader = read(entries)?;
    let (mut count, mut kept) = (0, Vec::new());
    let mut list = reader.entries().into_iter_with_offsets().peekable();
    while let Some(entry) = list.next() {
        let (start, entry) = entry?;
        let end = match list.peek() {
            Some(Ok((next, _))) => usize::try_from(*next)?,
            _ => entries.len(),
        };
        let bytes = &entries[usize::try_from(start)?..end];
        count += 1;
        match change(&entry) {
            Change::Keep => kept.extend_from_slice(bytes),
            Change::Drop => count -= 1,
            Change::Point(symbol) => {
                kept.push(entry.ty as u8);
                write_number(&mut kept, entry.offset);
                write_number(&mut kept, symbol);
                kept.push(NO_ADDEND);
            }
        }
    }
    let mut content = Vec::new();
    write_number(&mut content, u32::try_from(CODE.len())?);
    content.extend_from_slice(CODE.as_bytes());
    write_number(&mut content, reader.section_index());
    write_number(&mut content, count);
    content.extend(kept);
    let mut section = vec![CUSTOM_SECTION];
    write_number(&mut section, u32::try_from(content.len())?);
    section.extend(content);
    Ok(section)
}

/// Where the whole section of that name is in `program`, and what is in it; nothing where it has none.
pub(crate) fn section(program: &[u8], name: &str) -> Result<Option<(Range<usize>, Range<usize>)>> {
    let mut start = 0;
    for payload in Parser::new(0).parse_all(program) {
        let payload = payload.context("not a WebAssembly program")?;
        match &payload {
            Payload::Version { range, .. } => start = place(range)?.end,
            Payload::CustomSection(section) if section.name() == name => {
                let end = place(&section.range())?.end;
                return Ok(Some((start..end, end - section.data().len()..end)));
            }
            _ => {}
        }
        if let Some((_, range)) = payload.as_section() {
            start = place(&range)?.end;
        }
    }
    Ok(None)
}

/// Reads the content of such a section.
pub(crate) fn read(entries: &[u8]) -> Result<RelocSectionReader<'_>> {
    Ok(RelocSectionReader::new(BinaryReader::new(entries, 0))?)
}

/// As WebAssembly writes a number: seven bits a byte, the lowest first.
pub(crate) fn write_number(out: &mut Vec<u8>, mut number: u32) {
    while number > 0x7f {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// A place in the file.
pub(crate) fn place(range: &Range<u64>) -> Result<Range<usize>> {
    Ok(usize::try_from(range.start)?..usize::try_from(range.end)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_kept_dropped_or_lead_elsewhere() {
        // Of section 3: a call of symbol 7 at 300, an address of symbol 1 at 4, and of symbol 2 at 9 with 5 added.
        let entries = [3, 3, 0, 0xac, 2, 7, 4, 4, 1, 0, 4, 9, 2, 5];
        let change = |entry: &RelocationEntry| match entry.index {
            1 => Change::Point(200),
            7 => Change::Drop,
            _ => Change::Keep,
        };
        let section = rewrite(&entries, change).expect("a section");
        let expected = [&[0, 21, 10][..], b"reloc.CODE", &[3, 2, 4, 4, 0xc8, 1, 0, 4, 9, 2, 5]].concat();
        assert_eq!(section[2..], expected[2..]);
        assert_eq!(usize::from(section[1]), section.len() - 2);
    }
}
