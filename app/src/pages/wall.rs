//! `/wall`: the fleet on a screen without controls. It follows an event stream, reads by itself where that is not open, and
//! recovers by itself. A screen that is not connected shows a code for an administrator to type.

mod connect;
mod frame;
mod regions;

use leptos::prelude::*;
use leptos_meta::Title;

use self::{
    connect::{Code, NotConnected},
    frame::Frame,
};
use crate::{
    api::wall::{BeginWall, ConnectWall, WallPage as Shown, read_wall},
    data::{
        read::{ReadOptions, use_read},
        wall_stream::follow_wall,
    },
    kit::ErrorPanel,
};

/// Time between two reads while the event stream is not open, in milliseconds.
const POLL: u64 = 2_000;

/// Which part of the page is there. The parts follow the newest answer by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Wall,
    Code,
    NotConnected,
}

impl Part {
    const fn of(page: &Shown) -> Self {
        match page {
            Shown::Shown(_) => Self::Wall,
            Shown::Code { .. } => Self::Code,
            Shown::NotConnected { .. } => Self::NotConnected,
        }
    }
}

/// The page.
#[component]
pub(crate) fn WallPage() -> impl IntoView {
    let is_live = RwSignal::new(false);
    let options = ReadOptions::every(POLL).unless(is_live);
    let read = use_read(Signal::stored(Some(())), options, |()| read_wall());
    let good = read.good();
    let page = Memo::new(move |_| good.with(|good| good.as_ref().map(|good| good.value.clone())));
    let part = Memo::new(move |_| page.with(|page| page.as_ref().map(Part::of)));
    follow_wall(read, Memo::new(move |_| part.get() == Some(Part::Wall)), is_live);
    let (begin, connect) = (ServerAction::<BeginWall>::new(), ServerAction::<ConnectWall>::new());
    read.refetch_when(move || (begin.version().get(), connect.version().get()));
    view! {
        <Title text="Wall" />
        <Suspense>
            {move || Suspend::new(async move {
                read.ready().await;
                move || match part.get() {
                    Some(Part::Wall) => view! { <Frame read /> }.into_any(),
                    Some(Part::Code) => view! { <Code page connect /> }.into_any(),
                    Some(Part::NotConnected) => view! { <NotConnected page begin /> }.into_any(),
                    None => {
                        view! {
                            <main class="sign-in" id="main" tabindex="-1">
                                <div class="sign-in__form">
                                    <h1>"Wall"</h1>
                                    {read.error().map(|error| view! { <ErrorPanel error retry=read.retry() /> })}
                                </div>
                            </main>
                        }
                            .into_any()
                    }
                }
            })}
        </Suspense>
    }
    .into_any()
}
