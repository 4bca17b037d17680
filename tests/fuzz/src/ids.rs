//! Chats, repositories, senders and keys of tables: what is parsed prints as it was,
//! a key comes back as it went in, and no key and no name leaves its table.
use crate::block_on;
use ci_routes::Repo;
use factotum_host::store::DryStore;
use factotum_plugin_api::{
    chat::{ChatId, Sender},
    store::{Expect, Store, Stored, Table, Tables},
};
use std::sync::Arc;

/// Takes the lines of the bytes as ids.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (one, two, three) = (line(), line(), line());
    for word in [one, two, three] {
        chat(word);
        repo(word);
        sender(one, word);
    }
    block_on(keys(one, two, three));
}

fn chat(word: &str) {
    let Ok(chat) = word.parse::<ChatId>() else {
        assert!(word.split_once(':').is_none_or(|(network, address)| network.is_empty() || address.is_empty()));
        return;
    };
    assert_eq!(chat.to_string(), word, "printed as it was parsed");
    assert!(!chat.network.contains(':') && !chat.network.is_empty() && !chat.address.is_empty());
    let json = serde_json::to_string(&chat).expect("a chat is a JSON text");
    assert_eq!(serde_json::from_str::<ChatId>(&json).ok(), Some(chat));
}

fn repo(word: &str) {
    let Ok(repo) = word.parse::<Repo>() else { return };
    assert_eq!(repo.to_string(), word, "printed as it was parsed");
    let key: Repo = repo.key().parse().expect("a key is a repository too");
    assert_eq!((&key, key.key()), (&repo, repo.key()), "the same one, whatever its case");
    let fine = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    // Groups in groups, 20 at most, and the name.
    let parts = word.split('/').count();
    let whole = (2..=21).contains(&parts) && word.split('/').all(|part| !part.is_empty());
    assert!(word.chars().all(fine) && whole, "{word:?} is no repository");
}

fn sender(network: &str, account: &str) {
    let sender = Sender::new(network, account, account);
    assert_eq!(sender.id, format!("{network}:{account}"));
    if !network.contains(':') {
        assert_eq!(sender.account(), account, "the id without its network");
    }
}

/// Writes a record under a key of foreign words, beside others.
async fn keys(one: &str, two: &str, three: &str) {
    let store = Arc::new(DryStore::over(None));
    let tables = Tables::new(store.clone(), "p");
    let table: Table<(String, ChatId), String> = tables.table("t").expect("a right name");
    let other: Table<(String, ChatId), String> = tables.table("other").expect("a right name");
    let key = (one.to_owned(), ChatId::new("irc", two));
    let beside = (three.to_owned(), ChatId::new("irc", two));
    table.put(&key, &"it".to_owned()).await.expect("memory takes it");
    if beside != key {
        assert_eq!(table.get(&beside).await.expect("memory"), None, "another key is another record");
        table.put(&beside, &"beside".to_owned()).await.expect("memory takes it");
    }
    assert_eq!(table.get(&key).await.expect("memory").as_deref(), Some("it"));
    assert_eq!(other.get(&key).await.expect("memory"), None, "a key stays in its table");
    let listed = table.all(&[one]).await.expect("every key can be read back");
    assert!(listed.contains(&(key.clone(), "it".to_owned())));
    assert!(listed.iter().all(|((first, _), _)| first == one), "a prefix is a whole part");
    for (stored, _) in store.scan("p.t", "", None, 9).await.expect("memory") {
        let fine = |b: u8| b.is_ascii_alphanumeric() || b"-_=.%".contains(&b);
        assert!(stored.bytes().all(fine), "{stored:?} is not encoded");
        assert_eq!(stored.matches('.').count(), 1, "{stored:?} has as many parts as the key");
    }
    assert!(table.remove(&key).await.expect("memory"));

    // A table of a foreign name, and a key that something else wrote.
    if let Ok(table) = tables.table::<String, String>(three) {
        assert!(!three.is_empty() && three.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        table.put(&one.to_owned(), &String::new()).await.expect("memory takes it");
    }
    let value = Stored { schema: 1, json: "\"x\"".into() };
    store.write("p.t", three, Expect::Anything, Some(value)).await.expect("memory takes it");
    if let Err(error) = table.all(&[]).await {
        assert!(error.into_anyhow().to_string().contains("p.t"), "an odd key is told with its table");
    }
}
