//! A label set written out, as series are named in test scripts: `metric{a="b"}`.

use crate::model::{Labels, LabelsBuilder, METRIC_NAME};

use super::super::literal;
use super::super::token::{Token, TokenKind};
use super::{Parsed, Parser};

impl Parser<'_> {
    /// A label set at the beginning of the text, and the offset behind it.
    pub(in crate::promql) fn metric(&mut self) -> Parsed<(Labels, usize)> {
        let mut builder = LabelsBuilder::default();
        let first = self.take()?;
        let braces = match first.kind {
            TokenKind::LeftBrace => true,
            kind if kind.names_metric() => {
                builder.set(METRIC_NAME, self.slice(first.span));
                self.text.as_bytes().get(self.end) == Some(&b'{') && self.accept(TokenKind::LeftBrace)?
            }
            _ => return Err(self.unexpected(first)),
        };
        if braces {
            self.label_set(&mut builder)?;
        }
        Ok((builder.build(), self.end))
    }

    fn label_set(&mut self, builder: &mut LabelsBuilder) -> Parsed<()> {
        loop {
            let token = self.take()?;
            match token.kind {
                TokenKind::RightBrace => return Ok(()),
                TokenKind::Identifier => {
                    let assign = self.take()?;
                    if assign.kind != TokenKind::Assign {
                        return Err(self.unexpected_in(assign, "label set", "\"=\""));
                    }
                    let value = self.label_value()?;
                    builder.set(self.slice(token.span), value);
                }
                TokenKind::String => {
                    let name = literal::unquote(self.slice(token.span));
                    if self.accept(TokenKind::Assign)? {
                        let value = self.label_value()?;
                        builder.set(name, value);
                    } else {
                        builder.set(METRIC_NAME, name);
                    }
                }
                _ => return Err(self.unexpected_in(token, "label set", "identifier or \"}\"")),
            }
            let next = self.take()?;
            match next.kind {
                TokenKind::Comma => {}
                TokenKind::RightBrace => return Ok(()),
                _ => return Err(self.unexpected_in(next, "label set", "\",\" or \"}\"")),
            }
        }
    }

    fn label_value(&mut self) -> Parsed<String> {
        let token: Token = self.take()?;
        if token.kind != TokenKind::String {
            return Err(self.unexpected_in(token, "label set", "string"));
        }
        Ok(literal::unquote(self.slice(token.span)))
    }
}
