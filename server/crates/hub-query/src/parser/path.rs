//! Paths: `tags.site`, `devices.jobs.jobId`, and for keys that are no words `tags['a b'][0]`.

use super::super::QueryError;
use super::super::ast::{Constant, Path, Segment};
use super::super::lexer::TokenKind;
use super::Parser;

impl Parser<'_> {
    /// A path; the first step is a word.
    pub(super) fn path(&mut self) -> Result<Path, QueryError> {
        let start = self.span();
        let TokenKind::Name(first) = self.peek() else {
            return Err(self.unexpected("an attribute such as tags.site"));
        };
        let mut segments = vec![Segment::Key(first.clone())];
        self.advance();
        loop {
            if self.take_sign(".") {
                let TokenKind::Name(name) = self.peek() else {
                    return Err(self.unexpected("a name after `.`"));
                };
                segments.push(Segment::Key(name.clone()));
                self.advance();
            } else if self.take_sign("[") {
                segments.push(self.bracketed_segment()?);
                self.sign("]", "`]`")?;
            } else {
                return Ok(Path { segments, span: start.to(self.previous_span()) });
            }
        }
    }

    fn bracketed_segment(&mut self) -> Result<Segment, QueryError> {
        let segment = match self.peek() {
            TokenKind::Literal(Constant::Text(key)) => Some(Segment::Key(key.clone())),
            TokenKind::Literal(Constant::Int(index)) => u32::try_from(*index).ok().map(Segment::Index),
            _ => None,
        };
        let segment = segment.ok_or_else(|| self.unexpected("a key in quotes or a position in the array"))?;
        self.advance();
        Ok(segment)
    }
}
