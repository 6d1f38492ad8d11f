//! Who a condition would address, before anything is done: counted by the hub, with a few of them to look at.

use console_wire::{
    device::DeviceSummary,
    problem::FieldError,
    target::{Preview, PreviewRequest},
};
use hub_wire::{device::ConnectionState, twin::Twin};
use serde::Deserialize;

use crate::{
    Console, ConsoleError,
    console::{Core, now},
    explain::query_error,
    target::Target,
};

const FIELD: &str = "queryCondition";
/// Devices shown.
pub(crate) const SAMPLE: usize = 5;

/// The answer of `SELECT COUNT() AS n`.
#[derive(Deserialize)]
struct Counted {
    n: Option<u64>,
}

impl Console {
    /// Counts and samples the devices that a condition selects now, or that a list names. Empty and `*` mean every
    /// device; a job counts again when it starts.
    ///
    /// # Errors
    /// `Invalid` on `queryCondition` when the hub does not take it, on `deviceIds` when there are too many; `Hub` when
    /// the hub did not answer.
    pub async fn preview(&self, request: impl Into<PreviewRequest>) -> Result<Preview, ConsoleError> {
        let request: PreviewRequest = request.into();
        let mut preview = match &request.device_ids {
            None => self.preview_condition(&request.query_condition).await?,
            Some(_) if !request.query_condition.trim().is_empty() => {
                let message = "does not go together with queryCondition; one of the two says which devices";
                return Err(FieldError::new("deviceIds", message).into());
            }
            Some(ids) => self.core.preview_list(ids).await?,
        };
        preview.estimate = self.core.estimate(&preview, request.longest_wait_in_seconds).await?;
        Ok(preview)
    }

    async fn preview_condition(&self, query_condition: &str) -> Result<Preview, ConsoleError> {
        let target = Target::of(query_condition);
        let (count, connected_count) = self.count_devices(query_condition).await?;
        let mut sample = self.core.twins(query_condition, &target.all(), SAMPLE).await?;
        let is_disconnected = |twin: &Twin| twin.connection_state == ConnectionState::Disconnected;
        if connected_count < count && !sample.iter().any(is_disconnected) {
            let disconnected = self.core.twins(query_condition, &target.disconnected(), 1).await?;
            if !disconnected.is_empty() {
                sample.truncate(SAMPLE - 1);
                sample.extend(disconnected);
            }
        }
        let sample = sample.into_iter().map(DeviceSummary::from).collect();
        Ok(Preview {
            count,
            connected_count,
            sample,
            unknown: Vec::new(),
            unknown_count: 0,
            unchecked_count: 0,
            duplicates: 0,
            estimate: None,
            as_of: now(),
        })
    }
}

impl Core {
    /// How many a condition selects now. Refuses what the hub refuses.
    pub(crate) async fn count_targets(&self, condition: &str) -> Result<u64, ConsoleError> {
        self.count(condition, &Target::of(condition).count()).await
    }

    pub(crate) async fn count(&self, condition: &str, query: &str) -> Result<u64, ConsoleError> {
        let page = self.hub.query_page::<Counted>(query, 2, None).await;
        let page = page.map_err(|error| query_error(FIELD, condition, error))?;
        match page.items.as_slice() {
            // Nothing to count may be an answer without a row.
            [] => Ok(0),
            [Counted { n: Some(n) }] => Ok(*n),
            _ => Err(FieldError::new(FIELD, "may only select devices; GROUP BY does not belong here").into()),
        }
    }

    pub(crate) async fn twins(
        &self,
        condition: &str,
        query: &str,
        most: usize,
    ) -> Result<Vec<Twin>, ConsoleError> {
        let page_size = u32::try_from(most).unwrap_or(u32::MAX);
        let page = self.hub.query_page::<Twin>(query, page_size, None).await;
        let mut twins = page.map_err(|error| query_error(FIELD, condition, error))?.items;
        twins.truncate(most);
        Ok(twins)
    }
}
