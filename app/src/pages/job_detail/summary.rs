//! The job as a whole: header, counts, causes and charts.

mod actions;
mod causes;
mod count_notice;
mod curve;
mod header;
pub(super) mod insight;
mod landing;
mod latency;
mod stats;

pub(super) use self::{
    causes::Causes,
    count_notice::CountNotice,
    curve::CurvePanel,
    header::Header,
    insight::{Insight, no_insight},
    landing::LandingPanel,
    latency::Latency,
    stats::JobStats,
};
