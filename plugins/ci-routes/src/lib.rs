//! Which build results go to which chat: the part that all CI senders share.
