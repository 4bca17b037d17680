//! What the bot may ask of chats, their members and files.
use crate::telegram::{
    BOT_ID,
    answer::{Answer, bad},
    request::Call,
    state::{Chat, Standing, State, bot_json},
};
use serde_json::{Value, json};

/// The largest file that a bot may download; Bot API, getFile.
const FILE_MAX: usize = 20 << 20;

impl State {
    pub(super) fn get_chat(&mut self, call: &Call) -> Answer {
        let chat = self.reachable(call)?;
        let mut json = self.known(chat).json();
        json["accent_color_id"] = json!(0);
        json["max_reaction_count"] = json!(11);
        json["accepted_gift_types"] = json!({
            "unlimited_gifts": false, "limited_gifts": false, "unique_gifts": false, "premium_subscription": false,
            "gifts_from_channels": false,
        });
        Ok(json)
    }
    pub(super) fn get_member(&mut self, call: &Call) -> Answer {
        let chat = self.reachable(call)?;
        let Some(user) = call.int("user_id") else { return bad("invalid user_id specified") };
        let chat = &self.chats[&chat];
        match self.users.get(&user) {
            _ if user == BOT_ID => Ok(member(bot_json(), chat.bot)),
            Some(person) => Ok(member(person.json(), chat.standing(user))),
            None => bad("user not found"),
        }
    }
    pub(super) fn get_file(&mut self, call: &Call) -> Answer {
        let id = call.text("file_id").unwrap_or_default();
        let Some(file) = self.files.get(&id) else { return bad("invalid file_id") };
        if file.bytes.len() > FILE_MAX {
            return bad("file is too big");
        }
        let mut json = self.file_json(&id);
        json["file_path"] = json!(file.path);
        Ok(json)
    }
}

impl Chat {
    /// What a person is in this chat.
    pub(in crate::telegram) fn standing(&self, user: i64) -> Standing {
        match () {
            () if self.admins.contains(&user) => Standing::Admin,
            () if self.id == user || self.members.contains(&user) => Standing::Member,
            () => Standing::Left,
        }
    }
}

/// As a `ChatMember` of the reference.
pub(in crate::telegram) fn member(user: Value, standing: Standing) -> Value {
    match standing {
        Standing::Member => json!({ "user": user, "status": "member" }),
        Standing::Left => json!({ "user": user, "status": "left" }),
        Standing::Kicked => json!({ "user": user, "status": "kicked", "until_date": 0 }),
        Standing::Admin => json!({
            "user": user, "status": "administrator", "can_be_edited": false, "is_anonymous": false,
            "can_manage_chat": true, "can_delete_messages": true, "can_manage_video_chats": true,
            "can_restrict_members": true, "can_promote_members": false, "can_change_info": true,
            "can_invite_users": true, "can_post_messages": true, "can_edit_messages": true,
            "can_pin_messages": true, "can_manage_topics": true, "can_post_stories": false,
            "can_edit_stories": false, "can_delete_stories": false,
        }),
    }
}
