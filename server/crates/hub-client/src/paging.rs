//! Pages: the token and the size travel in headers, the answer is a bare array.

use std::future::Future;

use futures::{Stream, TryStreamExt, stream};
use hub_wire::query::{CONTINUATION_HEADER, ITEM_TYPE_HEADER, MAX_ITEM_COUNT_HEADER};
use serde::de::DeserializeOwned;

use crate::{
    ErrorKind, HubClient, HubError, Result,
    call::{Answer, Call},
};

/// One page of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// May be empty even when more pages follow.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub continuation: Option<String>,
    /// `Twin`, `Raw`, `DeviceJob` or `JobResponse`, from the hub's header.
    pub item_type: Option<String>,
}

impl HubClient {
    /// Sends a paged call and reads its page.
    pub(crate) async fn page<T: DeserializeOwned>(
        &self,
        call: Call,
        page_size: u32,
        continuation: Option<&str>,
    ) -> Result<Page<T>> {
        let mut call = call.header(MAX_ITEM_COUNT_HEADER, &page_size.to_string())?;
        if let Some(token) = continuation {
            call = call.header(CONTINUATION_HEADER, token)?;
        }
        let answer = self.send(call).await.result?;
        Ok(Page {
            items: answer.json()?,
            continuation: text(&answer, CONTINUATION_HEADER),
            item_type: text(&answer, ITEM_TYPE_HEADER),
        })
    }
}

fn text(answer: &Answer, header: &str) -> Option<String> {
    // An empty token is how some stubs of a hub say "last page"; asking with it would begin anew.
    answer.header(header).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// All items of all pages, each page requested when the one before is consumed. Ends after the first error.
pub(crate) fn items<T, F, G>(operation: &'static str, next_page: G) -> impl Stream<Item = Result<T>>
where
    F: Future<Output = Result<Page<T>>>,
    G: FnMut(Option<String>) -> F,
{
    /// Where the stream is: before a page (its token, none for the first), or past the last.
    enum At {
        Page(Option<String>),
        End,
    }
    let pages = stream::try_unfold((At::Page(None), next_page), move |(at, mut next_page)| async move {
        let At::Page(token) = at else { return Ok(None) };
        let page = next_page(token.clone()).await?;
        let at = match page.continuation {
            None => At::End,
            Some(next) if Some(&next) == token.as_ref() => {
                let detail = "the hub answered a page that continues with itself";
                return Err(HubError::local(operation, ErrorKind::Malformed, detail));
            }
            next => At::Page(next),
        };
        Ok(Some((stream::iter(page.items.into_iter().map(Ok)), (at, next_page))))
    });
    pages.try_flatten()
}
