//! Queries over twins and device jobs.

use futures::Stream;
use hub_wire::query::QueryRequest;
use reqwest::Method;
use serde::de::DeserializeOwned;

use crate::{
    HubClient, Page, Result,
    call::{Call, Repeat},
    paging,
};

const OPERATION: &str = "query";

impl HubClient {
    /// One page of a query's answer. The real hub gives at most 100 items a page whatever `page_size` says.
    pub async fn query_page<T: DeserializeOwned>(
        &self,
        query: &str,
        page_size: u32,
        continuation: Option<&str>,
    ) -> Result<Page<T>> {
        // A POST in name only: it reads.
        let call = Call::new(OPERATION, Method::POST, &["devices", "query"], Repeat::Always)
            .json(&QueryRequest { query: query.to_owned() })?;
        self.page(call, page_size, continuation).await
    }

    /// Every item of a query's answer, page by page as the stream is read.
    pub fn query<T: DeserializeOwned>(
        &self,
        query: &str,
        page_size: u32,
    ) -> impl Stream<Item = Result<T>> + use<T> {
        let (client, query) = (self.clone(), query.to_owned());
        paging::items(OPERATION, move |token| {
            let (client, query) = (client.clone(), query.clone());
            async move { client.query_page(&query, page_size, token.as_deref()).await }
        })
    }
}
