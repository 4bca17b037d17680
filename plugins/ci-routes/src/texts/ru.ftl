## Routes
root-help = { $help } покажет команды, которые вам доступны.
root-options = События: { $events }. Параметры маршрута, после событий: branch=ШАБЛОН[,…] (* и ? заменяют любые символы, ! исключает), edit=on|off, thread=ID.
done = Готово. { $what }
updated = Изменено. { $what }
relaying = Сообщения о { $repo } приходят в { $chat }, события: { $events }.
relaying-all = Сообщения всех источников о { $repo } приходят в { $chat }, события: { $events }.
proven = Запросы подтверждает секрет из конфигурации, токен не нужен.
token-wanted = Пока не задан токен, ничего не приходит; задайте его в личном чате: { $command }
out-of-reach = Сейчас я не могу писать в { $chat }: { $why }. Добавьте меня туда.
none-configured = Маршрутов нет, показывать нечего.
routing = Маршруты { $repo }:
chat-of-route = { $chat }, события: { $events }
chat-of-route-of = { $chat }, события: { $events } ({ $whose })
all-senders = все источники
unlisted = Репозиторий { $repo } мне неизвестен; { $command } покажет известные.
unrouted = Репозиторий { $repo } мне неизвестен; известным его делает маршрут: { $command }
defaults-are = События по умолчанию: { $events }.
defaults-set = Готово. События новых маршрутов по умолчанию: { $events }.
counted = { $routes ->
    [one] { $routes } маршрут
    [few] { $routes } маршрута
   *[many] { $routes } маршрутов
} { $repos ->
    [one] { $repos } репозитория
   *[many] { $repos } репозиториев
}
no-routes = маршрутов нет
skipping = Событие { $word } мне неизвестно, пропускаю.
did-you-mean = Может быть, { $word }?
valid-events = { $events } и * — все сразу

## Tokens
token-is-set = Токен для { $repo } задан.
no-token = Токен для { $repo } не задан. { $proof }
no-token-yet = Токен для { $repo } не задан. Чтобы задать: { $command }
token-is-option = Это параметр, а не токен; ничего не изменено. { $command } расскажет, как задать токен.
token-is-empty = Токен не может быть пустым; ничего не изменено.
token-set = Токен для { $repo } задан.
tokens = { $count ->
    [one] { $count } токен
    [few] { $count } токена
   *[many] { $count } токенов
}
dropped = Результаты { $repo } отбрасываются: их нечем подтвердить. Задайте { $secrets } в конфигурации или токен репозитория в личном чате: { $command }

## Removing
no-such-route = Маршрута { $repo } в { $chat } нет.
remove-route = Удалить маршрут { $repo } в { $chat }{ $token ->
    [yes] {" "}и токен { $repo }
   *[no] {""}
}?
remove-routes = Удалить { $count ->
    [one] { $count } маршрут
    [few] { $count } маршрута
   *[many] { $count } маршрутов
} { $repo }{ $token ->
    [yes] {" "}и токен { $repo }
   *[no] {""}
}?
changed-meanwhile = Маршруты { $repo } тем временем изменились; ничего не удалено.
removed-all = Всё, что было задано для { $repo }, удалено.
removed-own = Маршруты { $repo } этого источника удалены.
removed-route = Маршрут { $repo } в { $chat } удалён.
removed-rest = Маршрутов { $repo } больше нет; остальное, что было задано, тоже удалено.
token-stays = Токен { $repo } остаётся: он нужен маршрутам всех источников.
default-events = события по умолчанию
all-tokens = все токены
and-last = { $first } и { $last }
nothing-set = Удалять нечего: ни маршрутов, ни токенов, ни событий по умолчанию не задано.
remove-all = Удалить: { $what }?
removed = Удалено: { $what }.
all-changed-meanwhile = Тем временем что-то изменилось; ничего не удалено.
no-route-of-all = Маршрута всех источников для { $repo }{ $named ->
    [yes] {" "}в { $chat }
   *[no] {""}
} нет; { $command } покажет те, что есть.
remove-routes-of-all = Удалить маршруты всех источников для { $repo } в { $chats }?
removed-of-all = { $count ->
    [one] Маршрут всех источников для { $repo } в { $chats } удалён.
   *[other] Маршруты всех источников для { $repo } в { $chats } удалены.
}
no-routes-of-all = Таких маршрутов нет. { $command } создаст маршрут для всех источников.

## What is wrong with the words of a route
unchanged = { $wrong }; ничего не изменено.
unknown-events = { $count ->
    [one] Событие { $words } мне неизвестно; ничего не изменено.
   *[other] События { $words } мне неизвестны; ничего не изменено.
}
or = {" "}или{" "}
the-events-are = Есть события: { $events }.
no-thread = После thread= нужен идентификатор темы
given-twice = { $option }= указано дважды
option-of-a-route = { $option } — не событие, а параметры есть только у маршрута
on-or-off = edit= может быть on или off, но не { $word }
unknown-option = Параметра { $option }= нет; ничего не изменено.
meant-option = Может быть, { $option }= ?
the-options-are = Есть параметры branch=ШАБЛОН[,…], edit=on|off и thread=ID.
too-many-patterns = У маршрута может быть не больше { $max } шаблонов веток
empty-pattern = Шаблон ветки пуст
bad-pattern = В шаблоне ветки { $pattern } ошибка ({ $why })
bad-patterns = В шаблонах веток ошибка ({ $why })
long-pattern = В шаблоне ветки может быть не больше { $max } символов
deep-pattern = В шаблоне ветки может быть не больше { $max } вложенных скобок
repo-like = репозиторий — это owner/name из латинских букв, цифр и . _ -

## People
nobody-mentioned = Никто не упоминается. { $command } добавит человека.
mentioned = Упоминаются в сообщениях о сбоях на их коммитах:
mention = Сбои на коммитах { $mail } упоминают { $user }.
mention-nobody = Сбои на коммитах { $mail } больше никого не упоминают.
not-mentioned = Для { $mail } никто не упоминается.
no-such-network = Сети { $network } нет; есть { $networks }.
everybody = { $name } — это все сразу; сбой упоминает одного человека.
bad-user = Имя в чате — одно слово не длиннее 64 символов, как @name или network:@name.
bad-mail = Адрес почты выглядит так: ann@example.org.

## Help
help-sender = Показать события и параметры маршрута и где искать команды
help-sender-route = Отправлять в чат результаты сборок репозитория
    .repo = Репозиторий, как owner/name
    .chat = Чат, как network:address
    .events = Какие результаты (не названы — те, что по умолчанию), потом branch=ШАБЛОН[,…] edit=on|off thread=ID
help-sender-routes = Показать маршруты
    .repo = Только этих репозиториев, как owner/name
help-sender-defaults = Показать или задать события новых маршрутов, для которых ничего не названо
    .events = События отныне; прежние маршруты сохранят свои
help-sender-token = Задать токен репозитория или узнать, задан ли он
    .repo = Репозиторий, как owner/name
    .token = Его токен; больше он не показывается
help-sender-remove = Удалить маршрут или всё, что известно о репозитории
    .repo = Репозиторий, как owner/name
    .chat = Чат маршрута, как network:address; без него — все маршруты и токен
help-sender-config = Показать всё, что задано, без токенов
help-sender-reset = Удалить все маршруты, токены и события по умолчанию
help-route = Отправлять в чат результаты сборок репозитория, от кого бы они ни пришли
    .repo = Репозиторий, как owner/name
    .chat = Чат, как network:address
    .events = Какие результаты (не названы — те, что по умолчанию), потом branch=ШАБЛОН[,…] edit=on|off thread=ID
help-routes = Показать маршруты всех источников
    .repo = Только этих репозиториев, как owner/name
help-route-remove = Удалить маршрут, общий для всех источников
    .repo = Репозиторий, как owner/name
    .chat = Чат маршрута, как network:address; без него — все такие маршруты репозитория
help-people = Показать, кого упоминают сообщения
help-people-map = Упоминать человека в сообщениях о сбоях на его коммитах
    .mail = Адрес почты, как в коммитах
    .user = Его имя в чатах, как @name или network:@name
help-people-remove = Больше не упоминать человека
    .mail = Адрес почты, как в коммитах
