//! Takes out of the linked program what no visit runs, which the compiler has to leave in.
//!
//! Where a program may panic it holds the message, the place, and the calls that make a text of them. Rust leaves that
//! out with `panic = "immediate-abort"`, which is not stable. And leptos' views are tables of functions, so that also
//! those are kept that nobody ever calls. In their place, and in that of whatever leads straight to them, stands one
//! instruction, `unreachable`, on which the program stops as it does after a panic. Nothing moves: what is taken out
//! becomes `nop`, which Binaryen removes, and loses its relocations, so that the split drops what was needed for it
//! alone.

use std::collections::HashSet;
use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context as _, Result};
use wasmparser::{FunctionBody, KnownCustom, Name, NameSectionReader, Operator, Parser, Payload, TypeRef};

use crate::locations;
use crate::relocations::{self, Change, place};

/// What to take out, by a part of its mangled name. In turn: where every panic goes through; a way of taking over what
/// the server has drawn that every view carries and nobody goes, see `app::hydrate`; the list of routes, which only a
/// server makes; and streams of Rust for scripts, which are exported and which no script of ours takes.
///
/// The compiler keeps one of several functions that came out alike, under any of their names. So what is named here must
/// be like nothing that runs: an attribute's `hydrate_from_template`, which nobody calls either, is often its `build`.
const STOPS: [&str; 6] = [
    "9panicking9panic_fmt",
    "8into_any13hydrate_async17h",
    "21into_any_nested_route15generate_routes17h",
    "intounderlyingbytesource_",
    "intounderlyingsink_",
    "intounderlyingsource_",
];
/// Begins the names of what only wasm-bindgen runs, to learn how to call the rest.
const DESCRIBES: &str = "__wbindgen_describe_";
const UNREACHABLE: u8 = 0x00;
const NOP: u8 = 0x01;

/// A place in the file.
type Place = Range<usize>;

/// Writes the program at `from` without what [`STOPS`] names to `to`.
pub(crate) fn program(from: &Path, to: &Path) -> Result<()> {
    let program = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    let trimmed = trim(&program).and_then(|program| locations::fold(&program));
    let trimmed = trimmed.with_context(|| format!("cannot trim {}", from.display()))?;
    fs::write(to, trimmed).with_context(|| format!("cannot write {}", to.display()))
}

/// `program` without what [`STOPS`] names; as it is where it has no relocations, without which nothing can be dropped.
fn trim(program: &[u8]) -> Result<Vec<u8>> {
    let read = Read::of(program)?;
    let Some((section, entries)) = read.relocations.clone() else { return Ok(program.to_vec()) };
    let cuts = read.cuts();
    let kept = relocations::rewrite(&program[entries], |entry| {
        let at = read.code_start + entry.offset as usize;
        let next = cuts.partition_point(|cut| cut.end <= at);
        if cuts.get(next).is_some_and(|cut| cut.contains(&at)) { Change::Drop } else { Change::Keep }
    })?;

    let mut program = program.to_vec();
    for cut in &cuts {
        program[cut.clone()].fill(NOP);
        program[cut.start] = UNREACHABLE;
    }
    program.splice(section, kept);
    Ok(program)
}

/// What there is to know of a program.
#[derive(Default)]
struct Read {
    functions: Vec<Function>,
    /// How many functions come from outside; they are counted first.
    imported: u32,
    /// Those that [`STOPS`] names.
    stops: HashSet<u32>,
    /// Where relocations count from.
    code_start: usize,
    /// The section of the code's relocations, and what is in it.
    relocations: Option<(Place, Place)>,
}

struct Function {
    /// Its instructions, without the last one, which ends it.
    body: Place,
    calls: Vec<Call>,
}

struct Call {
    target: u32,
    /// The call and what leads straight to it.
    place: Place,
}

impl Read {
    fn of(program: &[u8]) -> Result<Self> {
        let mut read =
            Self { relocations: relocations::section(program, relocations::CODE)?, ..Self::default() };
        for payload in Parser::new(0).parse_all(program) {
            let payload = payload.context("not a WebAssembly program")?;
            match &payload {
                Payload::ImportSection(imports) => {
                    for import in imports.clone().into_imports() {
                        read.imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionStart { range, .. } => read.code_start = place(range)?.start,
                Payload::CodeSectionEntry(body) => read.functions.push(Function::of(body)?),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        read.stops.extend(stops(names)?);
                    }
                }
                _ => {}
            }
        }
        Ok(read)
    }

    /// The places to take out, in order: the bodies of what is named, and the calls of it and of whatever turns out to do
    /// nothing but call it.
    fn cuts(&self) -> Vec<Place> {
        let mut stops = self.stops.clone();
        let functions = || (self.imported..).zip(&self.functions);
        loop {
            let known = stops.len();
            for (index, function) in functions() {
                let Some(first) = function.calls.first() else { continue };
                if first.place.start == function.body.start && stops.contains(&first.target) {
                    stops.insert(index);
                }
            }
            if stops.len() == known {
                break;
            }
        }
        let mut cuts = Vec::new();
        for (index, Function { body, calls }) in functions() {
            if stops.contains(&index) {
                cuts.push(body.clone());
            } else {
                let calls = calls.iter().filter(|call| stops.contains(&call.target));
                cuts.extend(calls.map(|call| call.place.clone()));
            }
        }
        cuts
    }
}

impl Function {
    fn of(body: &FunctionBody<'_>) -> Result<Self> {
        let mut operators = body.get_operators_reader()?;
        let start = usize::try_from(operators.original_position())?;
        let (mut straight, mut calls) = (start, Vec::new());
        while !operators.eof() {
            let operator = operators.read()?;
            let end = usize::try_from(operators.original_position())?;
            if let Operator::Call { function_index: target } = operator {
                calls.push(Call { target, place: straight..end });
            }
            if !is_straight(&operator) {
                straight = end;
            }
        }
        let end = place(&body.range())?.end - 1;
        Ok(Self { body: start..end, calls })
    }
}

/// Whether `operator` only reckons and stores, so that nothing of it is missed by somebody who is stopped right after.
fn is_straight(operator: &Operator<'_>) -> bool {
    use Operator as O;
    !matches!(
        operator,
        O::Block { .. }
            | O::Br { .. }
            | O::BrIf { .. }
            | O::BrTable { .. }
            | O::Call { .. }
            | O::CallIndirect { .. }
            | O::Else
            | O::End
            | O::If { .. }
            | O::Loop { .. }
            | O::MemoryGrow { .. }
            | O::Return
            | O::ReturnCall { .. }
            | O::ReturnCallIndirect { .. }
            | O::Unreachable
    )
}

fn stops(names: NameSectionReader<'_>) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for list in names {
        let Name::Function(functions) = list? else { continue };
        for function in functions {
            let function = function?;
            let is_named = |stop: &&str| function.name.contains(*stop);
            if STOPS.iter().any(is_named) && !function.name.starts_with(DESCRIBES) {
                found.push(function.index);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relocations::write_number;

    /// Three functions, `panic_fmt`, one that only calls it, and one that does something before: each as its instructions,
    /// with the place of what is relocated in it.
    fn program() -> Vec<u8> {
        let panics = [0x41, 0x2a, 0x1a]; // i32.const 42; drop
        let forwards = [0x41, 0x07, 0x1a, 0x10, 0]; // i32.const 7; drop; call 0
        let works = [0x10, 0x02, 0x41, 0x07, 0x1a, 0x10, 0x01]; // call 2; i32.const 7; drop; call 1
        let mut code = vec![3];
        let mut relocated = Vec::new();
        for (instructions, places) in [(&panics[..], &[1][..]), (&forwards, &[1, 4]), (&works, &[1, 3, 6])] {
            code.extend([u8::try_from(instructions.len()).unwrap() + 2, 0]);
            relocated.extend(places.iter().map(|place| u8::try_from(code.len()).unwrap() + place));
            code.extend(instructions);
            code.push(0x0b);
        }
        let mut relocations = b"\x0areloc.CODE".to_vec();
        relocations.extend([3, u8::try_from(relocated.len()).unwrap()]);
        relocations.extend(relocated.iter().flat_map(|at| [0, *at, 0]));
        let mut names = b"\x04name\x01".to_vec();
        let name = "_ZN4core9panicking9panic_fmt17h0E";
        names.extend([u8::try_from(name.len()).unwrap() + 3, 1, 0, u8::try_from(name.len()).unwrap()]);
        names.extend(name.bytes());

        let mut program = b"\0asm\x01\0\0\0".to_vec();
        for (id, content) in
            [(1, vec![1, 0x60, 0, 0]), (3, vec![3, 0, 0, 0]), (10, code), (0, relocations), (0, names)]
        {
            program.push(id);
            write_number(&mut program, u32::try_from(content.len()).unwrap());
            program.extend(content);
        }
        program
    }

    #[test]
    fn what_leads_to_a_panic_stops_at_once() {
        let before = program();
        let after = trim(&before).expect("a program");
        let code = |program: &[u8]| {
            let start = Read::of(program).expect("a program").code_start;
            program[start..start + 24].to_vec()
        };
        let expected = [
            &[3, 5, 0, 0, 1, 1, 0x0b][..],
            &[7, 0, 0, 1, 1, 1, 1, 0x0b],
            &[9, 0, 0x10, 2, 0, 1, 1, 1, 1, 0x0b],
        ];
        assert_eq!(code(&after)[..24], expected.concat()[..24]);

        let (_, entries) = Read::of(&after).expect("a program").relocations.expect("relocations");
        let left = relocations::read(&after[entries]).expect("relocations");
        let places: Vec<_> =
            left.entries().into_iter().map(|entry| entry.expect("an entry").offset).collect();
        assert_eq!(places, [18], "only the call that works is still linked");
        assert_eq!(after.len(), before.len() - 5 * 3);
    }

    #[test]
    fn what_cannot_be_split_stays() {
        let empty = b"\0asm\x01\0\0\0";
        assert_eq!(trim(empty).expect("a program"), empty);
        assert!(trim(b"text").is_err());
    }
}
