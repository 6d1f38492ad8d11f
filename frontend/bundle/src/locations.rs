//! One place in the source for all places at which the program may stop. Nobody is told which it was (see `trim`), yet
//! every call that may lead there hands its own on: file, line and column. So they all hand on the same one, and the
//! others, with the paths of the machine that compiled them, are dropped by the split.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use anyhow::{Context as _, Result};
use wasmparser::{KnownCustom, Linking, Parser, Payload, SymbolInfo};

use crate::relocations::{self, Change, place};

/// Bytes of a `core::panic::Location`: where its file's name is, how long that is, line, column.
const LOCATION: usize = 16;
/// The end of the name of a file of source.
const SOURCE: &[u8] = b".rs";

/// `program` with one location; as it is where it cannot be known what a place in it means.
pub(crate) fn fold(program: &[u8]) -> Result<Vec<u8>> {
    let read = Read::of(program)?;
    let Some((section, entries)) = read.code_relocations.clone() else { return Ok(program.to_vec()) };
    let locations = read.locations(program)?;
    let Some(first) = locations.iter().min() else { return Ok(program.to_vec()) };
    let folded = relocations::rewrite(&program[entries], |entry| {
        let is_location = locations.contains(&entry.index) && is_address(entry.ty) && entry.addend == 0;
        if is_location { Change::Point(*first) } else { Change::Keep }
    })?;
    let mut program = program.to_vec();
    program.splice(section, folded);
    Ok(program)
}

/// Whether a place of this kind holds an address in the data.
fn is_address(kind: wasmparser::RelocationType) -> bool {
    use wasmparser::RelocationType as T;
    matches!(kind, T::MemoryAddrLeb | T::MemoryAddrSleb | T::MemoryAddrI32)
}

/// What there is to know of a program. All ranges are places in its file.
#[derive(Default)]
struct Read {
    /// Where the places in the data count from.
    data_start: usize,
    segments: Vec<Range<usize>>,
    /// The segment of each symbol that lies in the data, the offset in it, and the size.
    symbols: HashMap<u32, (u32, u32, u32)>,
    /// The section of the code's places, and what is in it.
    code_relocations: Option<(Range<usize>, Range<usize>)>,
    /// What is in the section of the data's places.
    data_relocations: Option<Range<usize>>,
}

impl Read {
    fn of(program: &[u8]) -> Result<Self> {
        let mut read = Self {
            code_relocations: relocations::section(program, relocations::CODE)?,
            data_relocations: relocations::section(program, relocations::DATA)?.map(|(_, content)| content),
            ..Self::default()
        };
        for payload in Parser::new(0).parse_all(program) {
            let payload = payload.context("not a WebAssembly program")?;
            match &payload {
                Payload::DataSection(segments) => {
                    read.data_start = place(&segments.range())?.start;
                    for segment in segments.clone() {
                        let segment = segment?;
                        let end = place(&segment.range)?.end;
                        read.segments.push(end - segment.data.len()..end);
                    }
                }
                Payload::CustomSection(section) => {
                    if let KnownCustom::Linking(sections) = section.as_known() {
                        for linking in sections {
                            read.take(linking?)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(read)
    }

    fn take(&mut self, linking: Linking<'_>) -> Result<()> {
        let Linking::SymbolTable(symbols) = linking else { return Ok(()) };
        for (number, symbol) in (0..).zip(symbols) {
            if let SymbolInfo::Data { symbol: Some(it), .. } = symbol? {
                self.symbols.insert(number, (it.index, it.offset, it.size));
            }
        }
        Ok(())
    }

    /// The symbols that are locations: as long as one, beginning with the address of the name of a file of source, and that
    /// name's length.
    fn locations(&self, program: &[u8]) -> Result<HashSet<u32>> {
        let Some(entries) = self.data_relocations.clone() else { return Ok(HashSet::new()) };
        let mut addresses = HashMap::new();
        for entry in relocations::read(&program[entries])?.entries() {
            let entry = entry?;
            if is_address(entry.ty) && entry.addend == 0 {
                addresses.insert(self.data_start + entry.offset as usize, entry.index);
            }
        }
        let bytes = |symbol: u32| program.get(self.place(symbol)?);
        let is_location = |symbol: u32| {
            let start = self.place(symbol).filter(|place| place.len() == LOCATION)?.start;
            let file = bytes(*addresses.get(&start)?)?;
            let length = u32::from_le_bytes(program.get(start + 4..start + 8)?.try_into().ok()?) as usize;
            // The name ends with a zero, which Rust counts or does not, depending on its version.
            let name = file.strip_suffix(b"\0").unwrap_or(file);
            (name.ends_with(SOURCE) && (name.len()..=file.len()).contains(&length)).then_some(symbol)
        };
        Ok(self.symbols.keys().filter_map(|symbol| is_location(*symbol)).collect())
    }

    fn place(&self, symbol: u32) -> Option<Range<usize>> {
        let (segment, offset, size) = *self.symbols.get(&symbol)?;
        let start = self.segments.get(segment as usize)?.start + offset as usize;
        Some(start..start + size as usize)
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        ConstExpr, CustomSection, DataSection, DataSymbolDefinition, LinkingSection, Module, SymbolTable,
    };

    use super::*;
    use crate::relocations::read;

    // `MemoryAddrSleb` and `MemoryAddrI32`.
    const IN_CODE: u8 = 4;
    const IN_DATA: u8 = 5;

    /// A name, two locations in it (the second counts the zero at its end), and something else that is as long; the code
    /// has the address of each.
    fn program() -> Vec<u8> {
        let mut data = b"src/a.rs\0".to_vec();
        let symbols = [(0, 9), (9, 16), (25, 16), (41, 16)];
        for (length, line) in [(8_u32, 10_u32), (9, 20), (3, 30)] {
            data.extend([0_u32, length, line, 1].iter().flat_map(|it| it.to_le_bytes()));
        }
        let mut table = SymbolTable::new();
        for (offset, size) in symbols {
            table.data(0, "", Some(DataSymbolDefinition { index: 0, offset, size }));
        }
        let mut linking = LinkingSection::new();
        linking.symbol_table(&table);
        let mut segments = DataSection::new();
        segments.active(0, &ConstExpr::i32_const(0), data);
        // The segment begins after the number of segments, its kind, where it goes (three bytes) and its size.
        let in_data = [9, 25, 41].map(|offset| [IN_DATA, offset + 6, 0, 0]).concat();
        let in_code = [1, 2, 3].map(|symbol| [IN_CODE, symbol * 10, symbol, 0]).concat();
        let mut module = Module::new();
        module.section(&segments).section(&linking);
        for (name, section, entries) in [(relocations::CODE, 0, in_code), (relocations::DATA, 1, in_data)] {
            let data = [&[section, 3][..], &entries].concat().into();
            module.section(&CustomSection { name: name.into(), data });
        }
        module.finish()
    }

    #[test]
    fn all_locations_become_the_first() {
        let before = program();
        let after = fold(&before).expect("a program");
        let entries = Read::of(&after).expect("a program").code_relocations.expect("places").1;
        let places: Vec<_> = read(&after[entries])
            .expect("places")
            .entries()
            .into_iter()
            .map(|entry| entry.map(|it| (it.offset, it.index)).expect("a place"))
            .collect();
        assert_eq!(places, [(10, 1), (20, 1), (30, 3)]);
        assert_eq!(after.len(), before.len());
        assert_eq!(fold(&after).expect("a program"), after, "a second time there is nothing to do");
    }

    #[test]
    fn what_is_not_linked_stays() {
        let empty = b"\0asm\x01\0\0\0";
        assert_eq!(fold(empty).expect("a program"), empty);
        assert!(fold(b"text").is_err());
    }
}
