//! What the websocket brings, and what is caught up after it was lost.
use super::*;

#[tokio::test]
async fn a_build_is_told_from_start_to_finish() {
    let fake = Fake::start().await;
    let bot = bot(&fake, &["started", "finished"], "").edits().start().await;
    fake.opened(1).await;
    fake.started(1, 1);
    bot.posted("started").await;
    fake.finished(1, 0, "build successful");
    bot.posted("completed").await;
    insta::assert_snapshot!(bot.transcript(), @"");
}
