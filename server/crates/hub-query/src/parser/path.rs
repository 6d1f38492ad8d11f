//! Paths: `tags.site`, `devices.jobs.jobId`, and for keys that are not identifiers `tags.[[a b]]`.

use super::super::QueryError;
use super::super::ast::{Constant, Path, Segment};
use super::super::lexer::TokenKind;
use super::Parser;

/// Words that the hub keeps for itself behind a dot too.
/// Source: `iot-hub-devguide-query-language.md`, the note on GROUP BY.
const RESERVED_KEYS: [&str; 1] = ["group"];

impl Parser<'_> {
    /// A path; the first step is a name.
    pub(super) fn path(&mut self) -> Result<Path, QueryError> {
        let start = self.span();
        let (TokenKind::Name(first) | TokenKind::Bracketed(first)) = self.peek() else {
            return Err(self.unexpected("an attribute such as tags.site"));
        };
        let mut segments = vec![Segment::Key(first.clone())];
        self.advance();
        loop {
            if self.take_sign(".") {
                let key = match self.peek() {
                    TokenKind::Name(name)
                        if RESERVED_KEYS.iter().any(|key| key.eq_ignore_ascii_case(name)) =>
                    {
                        let written = Path { segments, span: start };
                        return Err(self.error(format!(
                            "`{name}` is a keyword of the query language; write `{written}.[[{name}]]`"
                        )));
                    }
                    TokenKind::Name(name) | TokenKind::Bracketed(name) => name.clone(),
                    _ => return Err(self.unexpected("a name after `.`")),
                };
                segments.push(Segment::Key(key));
                self.advance();
            } else if matches!(self.peek(), TokenKind::Bracketed(_)) {
                return Err(self.unexpected("`.` before `[[`"));
            } else if self.take_sign("[") {
                segments.push(self.position(&segments)?);
                self.sign("]", "`]`")?;
            } else {
                return Ok(Path { segments, span: start.to(self.previous_span()) });
            }
        }
    }

    /// The content of single brackets: a position in an array. A key in quotes is what other languages write.
    fn position(&mut self, before: &[Segment]) -> Result<Segment, QueryError> {
        let index = match self.peek() {
            TokenKind::Literal(Constant::Text(key)) => {
                let mut segments = before.to_vec();
                segments.push(Segment::Key(key.clone()));
                let written = Path { segments, span: self.span() };
                return Err(self.error(format!(
                    "a key in quotes is not part of the IoT Hub query language; write `{written}`"
                )));
            }
            TokenKind::Literal(Constant::Int(index)) => u32::try_from(*index).ok(),
            _ => None,
        };
        let index = index.ok_or_else(|| {
            self.unexpected(
                "a position in the array; a key that is no word is written as in `tags.[[my-key]]`",
            )
        })?;
        self.advance();
        Ok(Segment::Index(index))
    }
}
