//! Reads tokens into a tree: the clauses of a query here, expressions in `expression`.
//!
//! Recursive descent, one token ahead. Nesting is limited, so that no text, however odd, can exhaust the stack here or
//! in whatever walks the tree later.

mod expression;
mod path;

use hub_wire::query::MAX_QUERY_LENGTH;

use super::QueryError;
use super::ast::{Aggregate, Item, ItemValue, Path, Query, Select, Source, Span};
use super::lexer::{self, Keyword, Token, TokenKind};
use super::{pasted, unbracketed_key};

/// Words of other query languages that people try here, for a better message than "unexpected".
const FOREIGN: [&str; 13] = [
    "ORDER", "LIKE", "JOIN", "DISTINCT", "OFFSET", "LIMIT", "BETWEEN", "HAVING", "IS", "EXISTS", "VALUE",
    "UNION", "XOR",
];

/// Reads `SELECT …` to its end.
pub(super) fn query(text: &str) -> Result<Query, QueryError> {
    let mut parser = Parser::new(text)?;
    parser.keyword(Keyword::Select, "a query that begins with SELECT")?;
    let top = parser.top()?;
    let select = parser.select()?;
    parser.keyword(Keyword::From, "`,` or FROM")?;
    let source = parser.source()?;
    let condition = if parser.take_keyword(Keyword::Where) { Some(parser.condition()?) } else { None };
    let mut group_by = Vec::new();
    if parser.take_keyword(Keyword::Group) {
        parser.keyword(Keyword::By, "BY")?;
        group_by.push(parser.path()?);
        while parser.take_sign(",") {
            group_by.push(parser.path()?);
        }
    }
    let expected = match (&condition, group_by.is_empty()) {
        (_, false) => "`,` or the end of the query",
        (Some(_), true) => "an operator, GROUP BY or the end of the query",
        (None, true) => "WHERE, GROUP BY or the end of the query",
    };
    parser.end(expected)?;
    Ok(Query { top, select, source, condition, group_by })
}

/// Reads a job's condition to its end.
pub(super) fn condition(text: &str) -> Result<Query, QueryError> {
    let mut parser = Parser::new(text)?;
    let mut query = Query {
        top: None,
        select: Select::Document,
        source: Source::Devices,
        condition: None,
        group_by: Vec::new(),
    };
    match parser.peek() {
        TokenKind::Sign("*") => {
            parser.advance();
            parser.end("the end of the condition after `*`, which means all devices")?;
            return Ok(query);
        }
        TokenKind::Keyword(found @ (Keyword::Select | Keyword::Where)) => {
            let found = found.as_str();
            return Err(parser.error(match pasted::refusal(text) {
                Some(why) => format!("{why}; write only the condition, what follows WHERE"),
                None => format!(
                    "unexpected `{found}`; expected only what follows WHERE, such as tags.site = 'a', or `*` for all devices"
                ),
            }));
        }
        TokenKind::Keyword(Keyword::From) => {
            parser.advance();
            let at = parser.span();
            query.source = parser.source()?;
            if query.source == Source::DeviceJobs {
                return Err(
                    parser.error_at(at, "a job can only have devices or devices.modules as its targets")
                );
            }
            if parser.take_keyword(Keyword::Where) {
                query.condition = Some(parser.condition()?);
            }
        }
        _ => query.condition = Some(parser.condition()?),
    }
    let expected = match query.condition {
        Some(_) => "an operator or the end of the condition",
        None => "WHERE or the end of the condition",
    };
    parser.end(expected)?;
    Ok(query)
}

/// Reads a path that is the whole text.
pub(super) fn whole_path(text: &str) -> Result<Path, QueryError> {
    let mut parser = Parser::new(text)?;
    let path = parser.path()?;
    parser.end("the end")?;
    Ok(path)
}

/// Operators of other languages.
const EQUALS_TWICE: &str = "`==` is not an operator of the query language, which compares with a single `=`";

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    nesting: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self, QueryError> {
        if let Some((beyond, _)) = text.char_indices().nth(MAX_QUERY_LENGTH) {
            let message = format!(
                "the query has {} characters; expected at most {MAX_QUERY_LENGTH}",
                text.chars().count()
            );
            return Err(QueryError::at(text, Span { start: beyond, end: text.len() }, message));
        }
        Ok(Self { text, tokens: lexer::tokens(text), at: 0, nesting: 0 })
    }

    fn peek(&self) -> &TokenKind {
        self.peek_by(0)
    }

    fn peek_by(&self, ahead: usize) -> &TokenKind {
        self.tokens.get(self.at + ahead).map_or(&TokenKind::End, |token| &token.kind)
    }

    /// The span of the next token; at the end of the text, right behind the last one.
    fn span(&self) -> Span {
        let end = self.text.trim_end().len();
        match self.tokens.get(self.at) {
            Some(token) if token.kind != TokenKind::End => token.span,
            _ => Span { start: end, end },
        }
    }

    /// The span of the previous token.
    fn previous_span(&self) -> Span {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map(|token| token.span).unwrap_or_default()
    }

    fn advance(&mut self) {
        // `End` and `Invalid` stay, so that looking again finds them again.
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    fn take_keyword(&mut self, keyword: Keyword) -> bool {
        let found = *self.peek() == TokenKind::Keyword(keyword);
        if found {
            self.advance();
        }
        found
    }

    fn take_sign(&mut self, sign: &'static str) -> bool {
        let found = *self.peek() == TokenKind::Sign(sign);
        if found {
            self.advance();
        }
        found
    }

    fn keyword(&mut self, keyword: Keyword, expected: &str) -> Result<(), QueryError> {
        if self.take_keyword(keyword) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn sign(&mut self, sign: &'static str, expected: &str) -> Result<(), QueryError> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn end(&self, expected: &str) -> Result<(), QueryError> {
        if *self.peek() == TokenKind::End { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn error(&self, message: impl Into<String>) -> QueryError {
        self.error_at(self.span(), message)
    }

    fn error_at(&self, span: Span, message: impl Into<String>) -> QueryError {
        QueryError::at(self.text, span, message)
    }

    /// The next token is not what the grammar wants here.
    fn unexpected(&self, expected: &str) -> QueryError {
        let span = self.span();
        let before = self.previous_span();
        // Two of them side by side are read as two signs; to the one who wrote them they are one.
        if self.text.get(before.start..span.end) == Some("==") {
            return self.error_at(before.to(span), EQUALS_TWICE);
        }
        let written = self.text.get(span.start..span.end).unwrap_or_default();
        let unbracketed_key = match unbracketed_key::suggestion(self.text, span.start) {
            Some(path) => format!("; a key that is no word is written as in `{path}`"),
            None => String::new(),
        };
        self.error(match self.peek() {
            TokenKind::Invalid(why) => format!("{why}{unbracketed_key}"),
            TokenKind::Sign("-" | "+" | "*" | "/" | "%") if !unbracketed_key.is_empty() => {
                format!("unexpected `{written}`; expected {expected}{unbracketed_key}")
            }
            TokenKind::End => format!("unexpected end; expected {expected}"),
            TokenKind::Name(word) if FOREIGN.iter().any(|foreign| foreign.eq_ignore_ascii_case(word)) => {
                format!(
                    "`{}` is not part of the IoT Hub query language; expected {expected}",
                    word.to_uppercase()
                )
            }
            // A string may hold anything, also line ends; show its beginning.
            _ if written.chars().count() > 40 => {
                format!("unexpected `{}…`; expected {expected}", written.chars().take(40).collect::<String>())
            }
            _ => format!("unexpected `{written}`; expected {expected}"),
        })
    }

    /// `TOP n`; TOP is no keyword, so an attribute may still be called so.
    fn top(&mut self) -> Result<Option<u64>, QueryError> {
        use super::ast::Constant::{Int, Real};
        let is_top = matches!(self.peek(), TokenKind::Name(word) if word.eq_ignore_ascii_case("TOP"));
        let limit = match self.peek_by(1) {
            TokenKind::Literal(Int(limit)) if is_top => u64::try_from(*limit).ok(),
            TokenKind::Literal(Real(_)) | TokenKind::Sign("-" | "*") if is_top => None,
            _ => return Ok(None),
        };
        self.advance();
        let limit = limit.ok_or_else(|| self.unexpected("a whole number after TOP"))?;
        self.advance();
        Ok(Some(limit))
    }

    fn select(&mut self) -> Result<Select, QueryError> {
        if self.take_sign("*") {
            return Ok(Select::Document);
        }
        let mut items = vec![self.item()?];
        while self.take_sign(",") {
            items.push(self.item()?);
        }
        Ok(Select::Items(items))
    }

    fn item(&mut self) -> Result<Item, QueryError> {
        let start = self.span();
        let value = match (self.peek(), self.peek_by(1)) {
            (TokenKind::Name(name), TokenKind::Sign("(")) => {
                let name = name.to_ascii_uppercase();
                ItemValue::Aggregate(self.aggregate(&name)?)
            }
            (TokenKind::Name(_) | TokenKind::Bracketed(_), _) => ItemValue::Path(self.path()?),
            _ => return Err(self.unexpected("`*`, an attribute such as deviceId, or COUNT()")),
        };
        let span = start.to(self.previous_span());
        let alias = if self.take_keyword(Keyword::As) { Some(self.alias()?) } else { None };
        Ok(Item { value, alias, span })
    }

    /// Any name is allowed behind AS, also a reserved word.
    fn alias(&mut self) -> Result<String, QueryError> {
        let alias = match self.peek() {
            TokenKind::Name(name) | TokenKind::Bracketed(name) => name.clone(),
            TokenKind::Keyword(_) => {
                let span = self.span();
                self.text.get(span.start..span.end).unwrap_or_default().to_owned()
            }
            _ => return Err(self.unexpected("a name after AS")),
        };
        self.advance();
        Ok(alias)
    }

    fn aggregate(&mut self, name: &str) -> Result<Aggregate, QueryError> {
        let of_path = match name {
            "COUNT" => None,
            "AVG" => Some(Aggregate::Average as fn(_) -> _),
            "SUM" => Some(Aggregate::Sum as fn(_) -> _),
            "MIN" => Some(Aggregate::Minimum as fn(_) -> _),
            "MAX" => Some(Aggregate::Maximum as fn(_) -> _),
            _ => {
                return Err(self.error(format!(
                    "`{name}` cannot be selected; expected an attribute or one of COUNT, AVG, SUM, MIN, MAX"
                )));
            }
        };
        self.advance();
        self.advance();
        let aggregate = if let Some(of_path) = of_path {
            of_path(self.path()?)
        } else {
            // COUNT(*) is not documented, but it is widely used.
            self.take_sign("*");
            Aggregate::Count
        };
        let expected = if of_path.is_some() { "`)`" } else { "`)`, as COUNT takes no argument" };
        self.sign(")", expected)?;
        Ok(aggregate)
    }

    fn source(&mut self) -> Result<Source, QueryError> {
        const EXPECTED: &str = "devices, devices.modules or devices.jobs";
        let is = |kind: &TokenKind, word: &str| matches!(kind, TokenKind::Name(name) if name.eq_ignore_ascii_case(word));
        if !is(self.peek(), "devices") {
            return Err(self.unexpected(EXPECTED));
        }
        self.advance();
        if !self.take_sign(".") {
            return Ok(Source::Devices);
        }
        let source = match self.peek() {
            kind if is(kind, "modules") => Source::Modules,
            kind if is(kind, "jobs") => Source::DeviceJobs,
            _ => return Err(self.unexpected(EXPECTED)),
        };
        self.advance();
        Ok(source)
    }
}
