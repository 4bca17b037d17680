//! ATSD's page on Telegram, step by step, against this host: its user, its URL, its rule.
use super::rules;
use crate::telegram::{ANN, telegram};
use factotum_plugin_api::http::{Http, Peer};
use http::Method;

/// What the person does with curl.
async fn curl(
    telegram: &factotum_testing::telegram::Telegram,
    method: &str,
    form: &[(&str, &str)],
) -> serde_json::Value {
    let client = Http::default().client(Peer::new(&telegram.url()).unwrap()).unwrap();
    let path = format!("./bot{}/{method}", telegram.token());
    client.send(Method::POST, &path, |request| request.form(form)).await.unwrap().json().unwrap()
}

#[tokio::test]
async fn the_page_on_telegram_works_unchanged() {
    let telegram = telegram().await;
    let bot = rules().start().await;
    bot.say_privately("ann", "!webhook user add telegram telegram 12345678").await;
    bot.say_privately(
        "ann",
        r#"!rules add outgoing_webhook console:ops 'User ${tags.message.from.first_name} ${tags.message.from.last_name}/${tags.message.from.username} said "${message}"' --filter "type = 'webhook' && source = 'slack' || source = 'telegram' && entity = 'slack' || entity = 'telegram'""#,
    )
    .await;
    // Prepare Webhook URL, Set Webhook.
    let url = "https://telegram:12345678@atsd_host:8443/api/v1/messages/webhook/telegram?command.message=message.text";
    telegram.deliver_webhooks_to(&format!("http://{}", bot.host().http()));
    let set = curl(&telegram, "setWebhook", &[("url", url)]).await;
    assert_eq!(set["description"], "Webhook was set", "{set}");
    // Check Webhook.
    let info = curl(&telegram, "getWebhookInfo", &[]).await;
    assert_eq!((&info["result"]["url"], &info["result"]["max_connections"]), (&url.into(), &40.into()));
    // Verify Webhook Delivery.
    telegram.user_named(ANN, "Ann Lee", Some("ann"));
    telegram.say(ANN, ANN, "hi");
    telegram.drained().await;
    bot.settled().await;
    telegram.say(ANN, ANN, "<b>&</b> ${entity}");
    telegram.drained().await;
    bot.settled().await;
    bot.say_privately("ann", "!rules alerts").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    ann     > !webhook user add telegram telegram ***
    bot     > Webhook user telegram may send messages of telegram.
              Its URL, with the password that you gave:
              https://telegram:PASSWORD@YOUR_HOST/api/v1/messages/webhook/telegram
              Put your host in its place, or set public_url in [plugins.rules].
    ann     > !rules add outgoing_webhook console:ops 'User ${tags.message.from.first_name} ${tags.message.from.last_name}/${tags.message.from.username} said "${message}"' --filter "type = 'webhook' && source = 'slack' || source = 'telegram' && entity = 'slack' || entity = 'telegram'"
    bot     > outgoing_webhook posts every message where type = 'webhook' && source = 'slack' || source = 'telegram' && entity = 'slack' || entity = 'telegram' to console:ops.
    bot@ops > User Ann Lee/ann said "hi"
    bot@ops > User Ann Lee/ann said "<b>&</b> ${entity}"
    ann     > !rules alerts
    bot     > Rule              Entity    Status  Repeats  Last message
              outgoing_webhook  telegram  REPEAT  1        <b>&</b> ${entity}
    "#);
    assert!(telegram.deliveries().iter().all(|delivery| delivery.status == Some(204)));
}
