//! Posts Travis CI results to chats.
