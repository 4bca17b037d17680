## Routes
root-help = { $help } lists the commands that you may run.
root-options = Events: { $events }. Options of a route, after the events: branch=PATTERN[,…] (* and ? are wild, ! excludes), edit=on|off, thread=ID.
done = Done. { $what }
updated = Updated. { $what }
relaying = Relaying messages from { $repo } to { $chat } for events: { $events }.
relaying-all = Relaying messages of all senders from { $repo } to { $chat } for events: { $events }.
proven = Requests are proven by a secret of the config, so no token is needed.
token-wanted = Nothing is posted before its token is set, in a private chat: { $command }
out-of-reach = I cannot post to { $chat } now: { $why }. Add me there.
none-configured = No repositories configured, nothing to show.
routing = Routing { $repo } to:
chat-of-route = { $chat } for events: { $events }
chat-of-route-of = { $chat } for events: { $events }, of { $whose }
all-senders = all senders
unlisted = The repository { $repo } is unknown to me; { $command } lists those that I know.
unrouted = The repository { $repo } is unknown to me; a route makes it known: { $command }
defaults-are = Events routed by default: { $events }.
defaults-set = Done. Newly created routes will default to receiving: { $events }.
counted = { $repos ->
    [one] { $routes ->
        [one] 1 route of 1 repository
       *[other] { $routes } routes of 1 repository
    }
   *[other] { $routes } routes of { $repos } repositories
}
no-routes = no routes
skipping = Unknown event { $word }, skipping.
did-you-mean = Did you mean { $word }?
valid-events = { $events } and * for all of them

## Tokens
token-is-set = A token is set for { $repo }.
no-token = No token is set for { $repo }. { $proof }
no-token-yet = No token is set for { $repo }. To set it: { $command }
token-is-option = That is an option and no token; nothing was changed. { $command } says how to set one.
token-is-empty = A token cannot be empty; nothing was changed.
token-set = Token set for { $repo }.
tokens = { $count ->
    [one] 1 token
   *[other] { $count } tokens
}
dropped = Results of { $repo } are dropped, since nothing can prove them. Either set { $secrets } in the config, or the repository's token in a private chat: { $command }

## Removing
no-such-route = There is no route for { $repo } to { $chat }.
remove-route = Remove the route of { $repo } to { $chat }{ $token ->
    [yes] {" "}and the token of { $repo }
   *[no] {""}
}?
remove-routes = Remove { $count } routes of { $repo }{ $token ->
    [yes] {" "}and the token of { $repo }
   *[no] {""}
}?
changed-meanwhile = The routes of { $repo } have changed meanwhile; nothing was removed.
removed-all = Removed all configuration for { $repo }.
removed-own = Removed the routes of this sender for { $repo }.
removed-route = Removed route for { $repo } to { $chat }.
removed-rest = No more routes for { $repo }, removing remaining configuration.
token-stays = The token of { $repo } stays: routes of all senders need it.
default-events = the default events
all-tokens = all tokens
and-last = { $first } and { $last }
nothing-set = There is nothing to remove: no routes, no tokens, and no default events are set.
remove-all = Remove { $what }?
removed = Removed { $what }.
all-changed-meanwhile = What is set has changed meanwhile; nothing was removed.
no-route-of-all = There is no route of all senders for { $repo }{ $named ->
    [yes] {" "}to { $chat }
   *[no] {""}
}; { $command } lists those there are.
remove-routes-of-all = Remove the routes of all senders for { $repo } to { $chats }?
removed-of-all = { $count ->
    [one] Removed the route of all senders for { $repo } to { $chats }.
   *[other] Removed the routes of all senders for { $repo } to { $chats }.
}
no-routes-of-all = There are no such routes. { $command } makes one that all senders follow.

## What is wrong with the words of a route
unchanged = { $wrong }; nothing was changed.
unknown-events = { $count ->
    [one] Unknown event { $words }; nothing was changed.
   *[other] Unknown events { $words }; nothing was changed.
}
or = {" "}or{" "}
the-events-are = The events are { $events }.
no-thread = thread= wants the id of a thread
given-twice = { $option }= is given twice
option-of-a-route = { $option } is no event, and only a route has options
on-or-off = edit= is on or off, not { $word }
unknown-option = Unknown option { $option }=; nothing was changed.
meant-option = Did you mean { $option }= ?
the-options-are = The options are branch=PATTERN[,…], edit=on|off and thread=ID.
too-many-patterns = A route has at most { $max } branch patterns
empty-pattern = A branch pattern is empty
bad-pattern = The branch pattern { $pattern } is wrong ({ $why })
bad-patterns = The branch patterns are wrong ({ $why })
long-pattern = A branch pattern has at most { $max } characters
deep-pattern = A branch pattern has at most { $max } braces in each other
repo-like = a repository is like owner/name, of letters, digits and . _ -

## People
nobody-mentioned = Nobody is mentioned. { $command } adds somebody.
mentioned = Mentioned in the failures of their commits:
mention = Failures of commits by { $mail } mention { $user }.
mention-nobody = Failures of commits by { $mail } mention nobody now.
not-mentioned = Nobody is mentioned for { $mail }.
no-such-network = There is no network { $network }; the networks are { $networks }.
everybody = { $name } is everybody; a failure mentions one person.
bad-user = What somebody is called is one word of at most 64 characters, as @name or network:@name.
bad-mail = A mail address is like ann@example.org.
