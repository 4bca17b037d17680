# What the host itself says: English, which every other language falls back to.
# Each text stands under the name of the function of texts.rs that says it.

## texts/language.rs
language-name = English
language-used = { $why ->
    [chat] In this chat I answer in { $language }, as was chosen for it.
    [person] I answer you in { $language }, as you have chosen.
    [client] I answer you in { $language }, as your chat program is set.
   *[default] I answer you in { $language }, as the config says.
}
languages-known = I know { $known }. { $place ->
    [private] { $mine } chooses one, { $auto } takes that back.
   *[group] { $mine } chooses for you, { $auto } takes that back; { $chat } is for this chat.
}
language-chosen = { $whose ->
    [chat] From now on I answer in this chat in { $language }.
   *[person] From now on I answer you in { $language }.
}
language-stays = In this chat it stays { $language }, as was chosen for it.
language-let-go = { $whose ->
    [chat] This chat has no language of its own any more; I answer you in { $language }.
   *[person] I have forgotten your choice; I answer you in { $language }.
}
no-such-language = I have no texts in { $typed }. I know { $known }.
language-of-chat-refused = The language of this chat is not yours to choose; { $mine } chooses for you alone.
own-texts-broken = { $count ->
    [one] A file of your own texts cannot be used as it is:
   *[other] { $count } files of your own texts cannot be used as they are:
}
answer-yes = yes
answer-no = no
in-private = { $about } (in private)
also-called = Also: { $aliases }
who-may-run = It is { $who ->
    [everyone] for everyone
    [admins] for admins
    [role] for { $role } and admins
   *[listed] for those whom the config of its plugin lists
}, unless a rule of the config says otherwise.
run-in-private-only = It is run in private only.
asks-first = It asks before it does anything.

## texts/commands.rs
unknown-command = There is no command { $command }.
unknown-command-try = Try { $help }.
did-you-mean = Did you mean { $what }?
unclosed-quote = The quote { $quote } is not closed.
admins-only = { $command } is for admins. { $whoami } shows who you are to me.
listed-only = { $command } is for those whom the config of its plugin lists. { $whoami } shows who you are to me.
role-only = { $command } is for { $role } and admins. { $whoami } shows who you are to me.
refused-by-rule = You may not run { $command } here: a rule of the config refuses it.
in-private-only = Please ask me { $command } in a private chat.
secret-was-seen = { $deleted ->
    [yes] I have deleted your message, but others
   *[no] Others
} may have read the secret in it: replace it with a new one.
write-to-me-first = My answer is for you alone: please write to me in private first, then ask me there.
went-wrong = Something went wrong (ref { $reference }). The log of the host says more.
took-too-long = { $command } took longer than { $limit }; I have stopped it.
may-have-run = I was stopped while I ran your { $command }. It may have taken effect: please look before you ask again.
left = Never mind.
nothing-to-leave = I have not asked you anything here.
too-late = Too late; please ask me again.
how-commands-begin = Commands begin with { $prefix }: try { $help }.
nothing-to-repeat = I have run no command of yours here yet that I could repeat.
how-to-repeat = { $signed ->
    [yes] There is no line { $typed }.
   *[no] Nothing can stand behind { $typed }.
} { $last } repeats your last line here, { $third } your third last; { $history } shows their numbers.
no-such-line = There is no line { $line }: I remember { $kept ->
    [one] { $kept } line
   *[other] { $kept } lines
} of yours here, as { $history } shows.
was-cancelled = { $command } was cancelled{ $by ->
    [admin] {" "}by an admin
   *[sender] {""}
}; { $begun ->
    [yes] it may have had effect.
   *[no] nothing was done.
}
nothing-to-cancel = Nothing of yours runs here.{ $elsewhere ->
    [yes] {" "}Something does in another chat: cancel it there.
   *[no] {""}
}
no-such-command = Nothing of yours runs with the number { $number }.
cancel-by-number = A command that runs is named by its number; or say all.
which-to-cancel = { $one } ends one of them, { $all } ends all.
running = { $id } { $command } for { $time }{ $asks ->
    [yes] , waits for an answer
   *[no] {""}
}
running-of = { $id } { $command } of { $sender } in { $chat } for { $time }{ $asks ->
    [yes] , waits for an answer
   *[no] {""}
}
nothing-runs = No command runs.
lines-dropped = { $count ->
    [one] { $count } line that waited is dropped.
   *[other] { $count } lines that waited are dropped.
}
cancelled-of = { $command } of { $sender } is cancelled.
nothing-apropos = No command that you may run says anything of that. { $help } lists them all.
too-many-waiting = You are ahead of me: I have dropped this line. Please wait for my answers.
how-to-leave = ({ $nay } leaves)
wrong-answer = { $name }: that cannot be it.
really-run = Really run { $line }?
nothing-done = Nothing was done.
taken-as-no = I take that as a no: nothing was done.
left-undone = Never mind: nothing was done.
question-dropped = This is a new command: I leave my question for { $command }.
too-late-to-confirm = Too late: nothing was done.
changed-meanwhile = { $command } was turned off or changed while I asked you: nothing was done.
question-is-for = This question is for { $name }.
question-closed = This question is no longer open.
press-dropped = That was cancelled before it began.
button-forgotten = I no longer know what this button stands for; please type the command.
missing-argument = { $name } is missing.
missing-argument-with-help = { $name } is missing: { $help }.
none-of = { $name }: { $word } is none of { $valid }.
no-value = { $name } needs a value.
no-number = { $name }: { $word } is no whole number.
unknown-option = There is no option { $option }.
surplus-word = { $word } is one word too many.
usage = Usage: { $usage }
help-more = { $command } says more on one of them.
help-more-short = { $command } explains one command.
help-short = { $group }: { $words }. { $about } – { $help }
help-short-bare = { $group }: { $words } – { $help }
help-nay = { $nay } leaves a question that I have asked you, so that nothing is done.
host-about = The bot itself
not-set-up = Not set up: { $plugins } ({ $help } shows how).
first-steps = { $plugin } is not set up yet: begin with { $steps }.
none-but-spoken-of = There is no command { $command }; these have to do with it:

## texts/access.rs
acl-roles = roles
acl-rules = rules, of which the first that fits decides
acl-grants = granted by plugins
acl-whoever = whoever runs it
acl-every-call = every call
acl-not-on = the plugin is not on
acl-fits-nothing = fits no command
acl-none = { $title }: none
acl-nobody = nobody
acl-verdict = { $allow ->
    [yes] allowed
    [no] refused
   *[default] left to the command
}
place = { $private ->
    [yes] in private ({ $chat })
   *[no] in { $chat }
}
acl-may = { $sender } { $may ->
    [yes] may run
   *[no] may not run
} { $command } { $place }: { $why }.
acl-depends = Whether { $sender } may run { $command } { $place } depends on its arguments:
acl-no-such-call = { $command } does not run with these arguments, whoever says it.
acl-private-only = { $command } is run in private only, and is refused { $place }.
acl-confirmed = It asks for a yes before it does anything.
acl-because-admin = { $sender } is an admin
acl-because-role = it is for { $role }, which they are
acl-because-listed = the config of its plugin lists them
acl-because-not-listed = the config of its plugin lists others for it
acl-because-not-admin = it is for admins
acl-because-no-role = it is for { $role } and admins
acl-because-everyone = it is for everyone
acl-because-arguments = its arguments decide
acl-reason = { $what }, and no rule says otherwise
acl-reason-and = { $what }, and { $rule }
acl-else = else { $reason }
acl-by-grant = the plugin { $plugin } has granted { $grant }
acl-granted = { $command } to { $sender }{ $args }
acl-only = { $private ->
    [yes] in private
   *[no] not in private
}
acl-arguments = arguments
acl-argument = argument { $name }
acl-given = ({ $values } given)
acl-by-rule = rule { $rule } of access.rules{ $place } { $allow ->
    [yes] allows it
    [no] refuses it
   *[default] leaves it to the command
}: { $conditions }
acl-no-sender = { $word } is no sender; one is like { $forms }.

## texts/health.rs
disk-is-full = the disk is full
not-stored = I could not store that: { $why }. { $full ->
    [yes] Please make some room, then ask me again.
   *[no] I go on trying; please ask me again in a minute. { $status } says how it stands.
}
part-name = { $part }
cannot-be-written = cannot be written
part-status = { $part } { $state } for { $time }
part-status-why = { $part } { $state }: { $why }, for { $time }
turned-away = { $count ->
    [one] { $count } request was turned away
   *[other] { $count } requests were turned away
}
cannot-write = { $full ->
    [yes] The disk is full. Until there is room
   *[no] The { $part } cannot be written: { $why }. Until it can
} I answer requests with 503 and refuse commands that change something; then I go on by myself. { $status } says how it stands.
could-not-write = From { $from } to { $to } { $full ->
    [yes] the disk was full
   *[no] the { $part } could not be written ({ $why })
}; { $turned-away ->
    [0] no request was turned away.
    [one] { $turned-away } request was turned away with 503 and must be sent again, unless the sender does so by itself.
   *[other] { $turned-away } requests were turned away with 503 and must be sent again, unless the sender does so by itself.
}
reloaded = The config is in force:
reloaded-nothing = I have read the config: nothing in it has changed.
reloaded-nothing-now = I have read the config: nothing new in it can be taken over now.
started-anew = Started anew: { $plugins }.
needs-restart = This needs a restart of me:
not-reloaded = I have changed nothing, since the config has { $count ->
    [one] a mistake
   *[other] mistakes
}:

## texts/notices.rs
notices-that-are = { $state ->
    [any] notices that wait or were given up
   *[other] notices that are { $state }
}
notice-state = { $state }
standing = { $state }{ $tries ->
    [0] {""}
    [one] {" "}after { $tries } try
   *[other] {" "}after { $tries } tries
}
standing-next = , next { $next }
notice-line = { $id } { $at } { $plugin } to { $chat } { $standing }
notices-by-number = A notice is named by its number, as { $list } shows it; or say all.
no-dead-letters = There are no dead letters.
before-a-number = before { $word }: a row is named by its number, like before 120
tried-again = { $count ->
    [one] { $count } notice will be tried again.
   *[other] { $count } notices will be tried again.
}
dropped = { $count ->
    [one] { $count } notice dropped.
   *[other] { $count } notices dropped.
}
no-such-notice = No notice with the number { $numbers } waits or was given up.
notices-left-out = Left out: { $notices }. A later notice about the same says what is so now.
dead-letter = A notice did not reach { $chat }: { $reason }. { $retry } tries again.

## texts/noise.rs
silence-place = { $here ->
    [yes] this chat
   *[no] { $chat }
}
silence-begun = Silence { $id }: notices with { $pattern } stay out of { $place } until { $until }. { $end } ends it before.
silence-line = { $id } { $chat } { $pattern } until { $until } by { $by }, { $count ->
    [0] nothing kept out yet
    [one] { $count } notice kept out
   *[other] { $count } notices kept out
}
silence-is-over = Silence { $id } ({ $pattern }) is over: { $count ->
    [0] it kept nothing out.
    [one] { $count } notice was not posted.
   *[other] { $count } notices were not posted.
}
silence-shows = { $list } shows them, { $retry } with their numbers posts them.
no-silences = { $anywhere ->
    [yes] No chat is silenced.
   *[no] Nothing is silenced in { $chat }.
}
no-such-silence = There is no silence { $id } now; { $list } shows those there are.
silence-needs-a-time = For how long? Please say it after the words, like { $typed } nightly 2h.
no-time-of-a-silence = { $typed } is no time that I know: one is like 30m, 2h, 1d or 1w.
silence-says-too-much = A silence takes { $most } characters of words at most, and as many of a reason.
too-many-silences = { $chat } has { $most } silences, which is the most; { $end } with a number ends one.
silences-now = { $count ->
    [one] { $count } silence now
   *[other] { $count } silences now
}
silences-now-listed = , see { $list }
silence-too-long = A silence lasts { $longest } at most.
other-chats-are-for-admins = Only admins decide about other chats than this one.
quiet-hours = Quiet hours: { $hours } ({ $zone }). { $hold ->
    [yes] Urgent notices come without a sound, the others at { $end }, in their order; only the first of them makes a sound.
   *[no] Notices come without a sound then.
}
no-quiet-hours = There are no quiet hours. { $quiet } would set some.
quiet-is-off = There are no quiet hours any more{ $hold ->
    [yes] ; what waited for their end is posted now.
   *[no] .
}
no-hours = { $typed } is no hours of a day: they are like 22:00-07:00.
not-hold = After the hours there may be the word hold, and not { $typed }.
no-zone = I know no time zone { $typed }: one is like Europe/Berlin.
burst-passed = { $count } builds passed
burst-fixed = { $count } builds fixed
burst-started = { $count } builds started
burst-builds = { $count } builds
burst-in = { $builds } in { $span }
burst-kind = { $kind ->
    [passed] { $count } passed
    [fixed] { $count } fixed
   *[started] { $count } started
}
burst-more = … and { $count } more: { $list }
grouping = { $after ->
    [0] Every notice is a message of its own.
   *[other] When { $after } or more notices of good builds have to wait, they come as one message.
}
grouping-how = { $change } changes that, { $on } goes back to what the config says.
not-grouping = I do not understand { $typed }: say off, on, or after and a number from 2 to 500.

## texts/requests.rs
replay-of = (replay of { $request } by { $by })
body-not-kept = The body was not kept, since its proof did not hold.
body-of-network = The body was not kept: what people say to a chat network is not.
body-empty = The body is empty.
body-more = … and { $count ->
    [one] { $count } character
   *[other] { $count } characters
} more
request-path = path: { $fields }
request-query = query: { $fields }
request-user = user: { $user }
request-column = { $name ->
    [received] Received
    [messages] Messages
    [user] User
    [address] Remote Address
    [method] Method
    [details] Details
    [uri] URI
    [query] Query String
    [timestamp] Timestamp
   *[error] Error
}
no-notice = It led to no notice.
attempt-outcome = { $outcome }
attempt-alone = { $at } { $outcome } (took { $ms } ms)
attempt = { $at } { $outcome }: { $detail } (took { $ms } ms)
notice-of-request = notice { $id } to { $chat } { $standing }
request-call = { $method } { $path } from { $peer }: { $status }
incident-peer = from { $peer }
incident-path = at { $path }
unknown-request = I know no request { $id }: none had that number, or it is too old.
cannot-replay = { $id } cannot be run again: { $why }.
replay-answer = { $decision } with { $status }
replayed = { $id }, run again as { $again }: { $answer }.
rehearsed = { $id } would be { $answer }.
replay-follows = { $really ->
    [yes] { $posts ->
        [yes] It posts:
       *[no] Nothing follows.
    }
   *[no] { $posts ->
        [yes] It would post:
       *[no] Nothing would follow.
    }
}
posts-to = to { $chat }
masked-in-replay = Its handler saw *** for { $names }, which is not kept.
replay-without-body = its body was not kept, since its proof did not hold
replay-of-network = it came to a chat network: what people say is not kept
replay-without-param = what stood for { $param } in its path may be a secret and was not kept
replay-without-hook = no plugin that is on serves { $method } { $path }
no-second-instance = a second instance of { $plugin } does not start: { $error }
too-many-replays = I run at most { $max } requests again at a time: please name fewer.

## texts/status.rs
about = { $name } { $version }: I am a bot that tells chats what happens on your servers, such as how a build went, and that runs commands for you. What I can do comes from plugins: { $repos } lists them, { $help } lists what you may ask of me.
up-since = { $name } { $version }, up { $time }
link-up = connected
link-connecting = connecting
link-ailing = connected, but not well
link-gave-up = has given up
link-down = not connected
not-configured = not configured
status-since = since { $since }
status-waiting = ; { $count } waiting, the oldest for { $oldest }
status-next-try = , next try { $next }
status-dead = ; { $count } given up: { $list }
status-last-error = ; last error { $at }: { $error }
no-plugin-on = no plugin is on
plugins-on = plugins on: { $plugins }
journal-small = journal under 10 MB
journal-size = journal { $mb } MB
hooks-at = hooks at { $url }
network-gave-up = The network { $network } has given up: { $reason }. Nothing is read there any more: mend it in the config and start me again. { $status } shows what waits for it.
joined = I was added to { $title }{ $by }. Its address is { $chat }.
here-i-am = Hello! This chat is { $chat }; { $help } lists what I can do here.
left-chat = I was removed from { $title } ({ $chat }){ $by }. What is sent there becomes a dead letter.
by-whom = {" "}by { $name } ({ $id })
whoami = You are { $name }, { $id }, { $place }.
whoami-admin = You are an admin.
whoami-roles = Roles: { $roles }.
hello = Hello { $name }! { $help } lists what you may ask of me.
your-id = Your id is { $id }.
your-id-here = { $name }, your id is { $id }.
chat-here = This chat is { $chat }.
topic-here = This chat is { $chat }; this topic is { $topic }.
here = { $here } stands for this place wherever a command asks for a chat.
for-admins = In the config, { $line } makes you an admin.
for-botfather-none = There is no command that everybody may run.
for-botfather = Send { $command } to @BotFather, choose this bot, and send:
plugin-has = { $what }: { $values }
left-out-line = { $plugin } is not in this binary: build it with { $option }
unknown-plugin = There is no plugin { $plugin }. { $repos } lists those that there are.
needs-config = { $plugin } needs in the config: { $keys }
off-by-config = { $plugin } is off by the config ({ $key }{ $place }): change it there, then run !reload.
is-on = on
is-off = off
is-off-by-config = off by the config
is-off-until = off until the config has { $keys }
no-status-state = did not say how it stands
no-status = { $state }; the log of the host says why
plugin-now = { $plugin } is { $changed ->
    [yes] now
   *[no] already
} { $on ->
    [yes] on.
   *[no] off.
}
listed = { $what ->
    [requests] requests
    [incidents] incidents
    [log] lines in the log since I was started
   *[plugins] such plugin
}
nothing-found = No { $what }.
nothing-like-that = Nothing like that.
more-rows = Older ones: { $command }
no-such-section = There is no section { $section }; there is { $sections }.
config-key = key
config-value = value
config-from = from
config-not-set = not set
config-late = { $source }, from my next start on
config-default = default
config-line = line { $line }
config-file = file { $file }
no-chat-of = { $address } is no chat of { $network }: one is like { $form }
several-chats = { $word } could be { $chats }: say which
no-chat = { $word } is no chat of a loaded network: one is like { $forms }
chat-form = a chat is like telegram:-1001234 or irc:#dev

## texts/damage.rs
store-was-missing = The store was missing; I took { $count ->
    [one] { $count } record
   *[other] { $count } records
} from the snapshot of { $time } ({ $snapshot }). What was changed after it is lost.
store-is-older = The store in { $folder } is an older one: it lacks what its newest snapshot has. If that is not meant, stop me, run `{ $command }`, and start me again.
journal-end-was-damaged = The end of the journal's log was damaged, and { $pages } pages were left out. If the machine lost its power, nobody was told that they were stored; else what was taken in last is lost.{ $kept ->
    [yes] {" "}It is kept as { $file }.
   *[no] {""}
}
snapshot-is-unusable = The snapshot { $snapshot } cannot be used: { $error }.
command-is-lost = A command from { $network } that was not handled yet cannot be read and is passed over: { $reason }.
journal-was-damaged = The journal { $journal } was damaged ({ $why }); it is kept as { $file }, and a new one has begun.
journal-was-salvaged = Of the damaged journal { $notices } notices were saved that are not posted yet. Others may be lost; what was posted or answered before is in the old file only.
journal-is-unreadable = Nothing could be read of the damaged journal: { $why }.
store-was-damaged = The store was damaged ({ $why }). It is kept as it was in { $file }.
store-was-repaired = It was repaired by making its index files (snap.*) anew; it has { $records } records, the newest revision is { $revision }. If the damage reached the records too, what was written last is missing.
record-is-lost = Lost: { $which }.
records-are-kept = { $count } of its records could be read and are kept.
records-were-loaded = { $count } records were loaded from the newest snapshot, { $snapshot }: what was changed after it may be lost.
no-snapshot = { $saved ->
    [yes] There is no snapshot to take the others from.
   *[no] There is no snapshot to load: the store begins empty.
}
records-are-missing = { $count } records of the newest snapshot, { $snapshot }, are not in it (the first is { $key } of { $table }): removed since, or lost.
journal-was-missing = The journal was missing, and a new one was begun: what waited to be posted is lost.

## texts.rs
duration = { $unit ->
    [d] { $n } d
    [h] { $n } h
    [min] { $n } min
   *[s] { $n } s
}
or = { $most } or { $last }
and = { $most } and { $last }
records = { $count ->
    [one] { $count } record
   *[other] { $count } records
}
