internal = something went wrong; the bot's log has the cause

## Settings files
not-settings = That is no settings.json of TrueConf's bot: neither JSON nor TOML with the servers in it.
broken-settings = That is no valid JSON: line { $line } cannot be read.
nothing-to-import = Attach settings.json to this command, or paste its content after it.
locale-not-taken = The language { $locale } of the file is not taken over: { $command } chooses one for a chat.
no-user-id = { $shown } in tg-users-id is no id of a person and was left out.
not-imported-address = { $name } was not imported: its ip is no address.
not-imported-certificate = { $name } was not imported: there is no certificate file { $path } here.
unknown-key = The key { $key } is not known and was left out.
unknown-key-of = The key { $key } of { $name } is not known and was left out.
import-head = { $count ->
    [0] No server was imported.
    [one] One server of the file:
   *[other] { $count } servers of the file:
}
imported = { $came ->
    [added] { $name } is added; in commands it is { $slug }.
    [changed] { $name } is changed; in commands it is { $slug }.
    [same] { $name } is as it was; in commands it is { $slug }.
   *[config] { $name } stands in the config as { $slug } and stays as it is there.
}
imported-operators = { $count ->
    [one] Operator of these servers: { $people }.
   *[other] Operators of these servers: { $people }.
}
token-not-taken = The Telegram token of the file is not taken over: it belongs into the config, under [chats.telegram].
pasted-secrets = What you pasted held secrets. I removed it where this network lets me; otherwise remove it yourself.
attached-secrets = The file holds secrets: remove it from this chat.
exported = The servers as a settings.json, with their secrets in clear: remove it from this chat when you have it.
pinned-not-exported = { $name } has a certificate of its own that is trusted; the file can only say that none is checked.
key-not-exported = { $name } is called with a secret key, which the file cannot hold.
token-not-exported = tg-api-token is left empty: I do not know it.

## The watch
watch-usage = Say which server, on or off, and how often: main on every 30s
watch-bounds = A server can be looked at every 5s at most, and every 1d at least.
watch-is-on = { $seconds ->
    [one] { $name } is watched every second; this chat is told when it goes down or comes up.
   *[other] { $name } is watched every { $seconds } seconds; this chat is told when it goes down or comes up.
}
watch-is-off = { $name } is watched for this chat no more.
watch-was-off = { $name } was not watched for this chat.
not-watched = The watch is off: this chat is not told when { $name } stops or comes up.
watches-nothing = This chat watches no server.
came-up = Up:
went-down = Down:
was-down = { $name } is running again. It was down for { $lasted }.
is-down = { $name } is down.
is-down-why = { $name } is down: { $why }.

## Thresholds
threshold = Over the limit:
crossed-online = { $count ->
    [one] one user is online; the limit is { $limit }.
   *[other] { $count } users are online; the limit is { $limit }.
}
crossed-running = { $count ->
    [one] one conference runs; the limit is { $limit }.
   *[other] { $count } conferences run; the limit is { $limit }.
}
crossed-long = { $title } ({ $id }) has run for { $duration }.

## The policy
policy-off = Forgotten conferences of { $name } are left alone.
policy-dry = { $warning ->
    [one] Dry run on { $name }: { $chat } is told which forgotten conferences of { $over } or longer would be stopped, one minute before. Nothing is stopped.
   *[other] Dry run on { $name }: { $chat } is told which forgotten conferences of { $over } or longer would be stopped, { $warning } minutes before. Nothing is stopped.
}
policy-on = { $warning ->
    [one] Forgotten conferences of { $over } or longer on { $name } are stopped, at most { $most } at a time. { $chat } is warned one minute before.
   *[other] Forgotten conferences of { $over } or longer on { $name } are stopped, at most { $most } at a time. { $chat } is warned { $warning } minutes before.
}
policy-dry-first = Begin with a dry run, which shows what would be stopped: !{ $command }
sure-of-policy = { $warning ->
    [one] Stop forgotten conferences of { $over } or longer on { $name } from now on, at most { $most } at a time, each one minute after a warning here?
   *[other] Stop forgotten conferences of { $over } or longer on { $name } from now on, at most { $most } at a time, each { $warning } minutes after a warning here?
}
why-empty = it has run for { $duration } and nobody is in it
why-alone = it has run for { $duration } and one person alone is in it
why-no-moderator = it has run for { $duration } and no moderator is in it
policy-warns = { $minutes ->
    [one] { $title } ({ $id }) on { $server } will be stopped in a minute: { $why }.
   *[other] { $title } ({ $id }) on { $server } will be stopped in { $minutes } minutes: { $why }.
}
policy-would-stop = { $minutes ->
    [one] Dry run: { $title } ({ $id }) on { $server } would be stopped in a minute: { $why }.
   *[other] Dry run: { $title } ({ $id }) on { $server } would be stopped in { $minutes } minutes: { $why }.
}
policy-stopped = { $title } ({ $id }) on { $server } was stopped by the policy: { $why }.
policy-failed = { $title } ({ $id }) on { $server } could not be stopped by the policy. { $why }
policy-left = { $count ->
    [one] One more forgotten conference on { $server } is left for the next run.
   *[other] { $count } more forgotten conferences on { $server } are left for the next run.
}
keep-button = Keep 1 h
kept = { $id } on { $server } is kept for { $time }: the policy does not stop it.

## Reports
bad-time = { $word } is no time of day: it is like 09:00
report-on = This chat gets a report every day at { $at } ({ $zone }).
report-off = This chat gets no report any more.
report-none = This chat gets no report.
report-head = TrueConf, { $day }
report-online = { $count ->
    [one] one of { $all } users online
   *[other] { $count } of { $all } users online
}
report-running = { $count ->
    [0] no conference
    [one] one conference
   *[other] { $count } conferences
}
report-forgotten = { $count ->
    [one] one of them forgotten
   *[other] { $count } of them forgotten
}
report-stopped = { $count ->
    [one] one stopped in 24 h
   *[other] { $count } stopped in 24 h
}

## The audit
audit-empty = Nothing has been done yet.
audit-policy = by the policy
audit-who = { $name } ({ $who }) in { $chat }
audit-done = done
audit-before = was so already
audit-failed = failed: { $why }

## Rights
allowed = { $role ->
    [viewer] { $person } is a viewer of { $server } now.
    [operator] { $person } is an operator of { $server } now.
   *[owner] { $person } is an owner of { $server } now.
}
allowed-already = { $role ->
    [viewer] { $person } is a viewer of { $server } already.
    [operator] { $person } is an operator of { $server } already.
   *[owner] { $person } is an owner of { $server } already.
}
right = { $role ->
    [viewer] { $person }: viewer of { $server }
    [operator] { $person }: operator of { $server }
   *[owner] { $person }: owner of { $server }
}
disallowed = { $person } has no role on { $server } any more.
had-no-role = { $person } has no role on { $server }.
no-rights = Nobody has a role; the bot's admins may do everything.
no-person = { $word } is nobody: a person is like telegram:123456
