## Choosing a server
choose-server = Choose a server:
no-servers = No server is known yet. Add one: !trueconf add NAME ADDRESS CLIENT_ID, or put [plugins.trueconf.servers.NAME] into the config.
which-server = Which server?
which-conference = Which conference? Its id, please.
ambiguous = { $word } may be any of these servers: { $servers }.
no-such-server = There is no server { $word }; there are { $servers }.
gone = { $name } was removed meanwhile: nothing is done.
name-taken = There is a server { $name } already.
of-config = { $name } stands in the config and can only be removed there.
bad-address = { $address } is no address of a server: one is like video.example.com or https://10.0.0.5:8443
bad-api = There is no API { $name }: it is auto, v4, or an older one such as v3.3
bad-length = { $word } is no length of time: one is like 30m, 2h or 1d
menu = { $server } is chosen. What is to be done?

## Buttons
button-status = Status
button-confs = Running conferences
button-online = Users online
button-forgotten = Forgotten conferences
button-back = « Back
button-watch-on = Watch on
button-watch-off = Watch off
button-previous = ‹ Previous
button-next = Next ›
button-stop = Stop
button-run = Start
button-records = Recordings
button-trust = Show its certificate

## The state of a server
up = running
down = stopped
tls-off = Its certificate is not checked: anybody on the way can read and change everything.

## Conferences
running = { $count ->
    [one] One conference runs on { $server }:
   *[other] { $count } conferences run on { $server }:
}
conferences = { $count ->
    [one] One conference is on { $server }:
   *[other] { $count } conferences are on { $server }:
}
none-running = No conference runs on { $server }.
press-to-stop = Press an id to stop its conference.
page-of = Page { $page } of { $pages }.
no-such-page = { $pages ->
    [one] There is one page.
   *[other] There are { $pages } pages.
}
untitled = untitled
participants = { $count ->
    [0] nobody in it
    [one] 1 participant
   *[other] { $count } participants
}
stopped-state = stopped
live-control = live control
moderator = moderator
guest = guest
and-more = and { $count } more
runs = running
owner = Owner: { $owner }
runs-for = It has run for { $duration }.
forgotten = { $count ->
    [one] One conference on { $server } seems to be forgotten:
   *[other] { $count } conferences on { $server } seem to be forgotten:
}
none-forgotten = No conference of { $over } or longer is forgotten on { $server }.
not-looked-into = { $count ->
    [one] One conference could not be looked into: { $ids } ({ $why })
   *[other] { $count } conferences could not be looked into: { $ids } ({ $why })
}
online = { $count ->
    [one] One of { $all } users is online on { $server }.
   *[other] { $count } of { $all } users are online on { $server }.
}
nobody-online = Nobody is online on { $server }.
sure-to-stop = Stop { $title } ({ $id }) on { $server }? Owner { $owner }, { $participants }, it has run for { $duration }.
stopped = { $title } ({ $id }) on { $server } is stopped.
already-stopped = { $title } ({ $id }) on { $server } was stopped already.
started = { $title } ({ $id }) on { $server } is started.
already-runs = { $title } ({ $id }) on { $server } runs already.
no-such-conference = There is no conference { $id } on { $server }.
records = { $count ->
    [one] One recording of { $id } on { $server }:
   *[other] { $count } recordings of { $id } on { $server }:
}
no-records = There are no recordings of { $id } on { $server }.

## Servers added, removed and trusted
added = { $name } is added; in commands it is { $slug }.
speaks = It speaks API { $api }.
permissions-missing = Its application lacks these permissions: { $missing }. Add them in the control panel under Web, OAuth2.
permissions-held = Its application has the permissions that are needed.
removed = { $name } is removed, with its token.
sure-to-trust = { $name } shows a certificate with this SHA-256 fingerprint: { $fingerprint }. Compare it with the one at the server. Trust this certificate, and no other, from now on?
trusted = The certificate of { $name } is trusted from now on.
trusted-already = This certificate of { $name } is trusted already.
no-certificate = { $name } is called by http and shows no certificate.
trust-hint = If it is the server's own, { $command } shows it and trusts it.
late-hint = Ask it alone to wait for it.

## What is wrong with a server
fault-silent = it does not answer within { $seconds } s
fault-late = it has not answered yet
fault-lost = it cannot be reached: { $cause }
fault-lost-refused = it cannot be reached: Connection refused
fault-lost-reset = it cannot be reached: Connection reset by peer
fault-lost-no-route = it cannot be reached: No route to host
fault-lost-no-name = it cannot be reached: there is no such name
fault-certificate = its certificate is not trusted: { $cause }
fault-broke-off = it broke off in the middle of its answer
fault-credentials = it does not know the application: check client_id and client_secret
fault-no-credentials = it has neither client_id and client_secret nor a secret_key
fault-no-scope = its OAuth2 application has no permissions at all
fault-refused = it refuses a token that it has just given; check the OAuth2 application
fault-scope = its OAuth2 application lacks the permission { $missing }
fault-forbidden = it refuses that: the OAuth2 application may not do it
fault-missing = it has no such thing ({ $reason })
fault-not-told = its API does not tell that
fault-not-trueconf = there is no TrueConf Server at its address, or something stands before it (it answered { $status })
fault-answered = it could not do that (it answered { $status })
fault-said = it refuses that: { $said } ({ $status })
fault-nonsense = it answered what TrueConf Server does not
fault-store = the bot's own store failed; its log has the cause
