plugin-about = TrueConf Server: состояние, конференции и пользователи, остановка забытых конференций

## Выбор сервера
choose-server = Выберите сервер:
no-servers = Серверов пока нет. Добавьте: !trueconf add ИМЯ АДРЕС CLIENT_ID — или впишите [plugins.trueconf.servers.ИМЯ] в файл настроек.
which-server = Какой сервер?
which-conference = Какая конференция? Укажите её идентификатор.
ambiguous = { $word } подходит к нескольким серверам: { $servers }.
no-such-server = Сервера { $word } нет; есть { $servers }.
gone = { $name } тем временем убрали: ничего не сделано.
name-taken = Сервер { $name } уже есть.
of-config = { $name } записан в файле настроек, и убрать его можно только там.
bad-address = { $address } — не адрес сервера: он выглядит как video.example.com или https://10.0.0.5:8443
bad-api = API { $name } нет: бывает auto, v4 или прежние, например v3.3
bad-length = { $word } — не длительность: она выглядит как 30m, 2h или 1d
menu = Выбран { $server }. Что сделать?

## Кнопки
button-status = Состояние
button-confs = Идущие конференции
button-online = Кто в сети
button-forgotten = Забытые конференции
button-back = « Назад
button-watch-on = Следить
button-watch-off = Не следить
button-previous = ‹ Предыдущие
button-next = Следующие ›
button-stop = Остановить
button-run = Запустить
button-records = Записи
button-trust = Показать сертификат

## Состояние сервера
up = работает
down = остановлен
tls-off = Его сертификат не проверяется: всё, что передаётся, по пути могут прочесть и подменить.

## Конференции
running = { $count ->
    [one] На { $server } идёт { $count } конференция:
    [few] На { $server } идут { $count } конференции:
   *[many] На { $server } идёт { $count } конференций:
}
conferences = { $count ->
    [one] На { $server } { $count } конференция:
    [few] На { $server } { $count } конференции:
   *[many] На { $server } { $count } конференций:
}
none-running = На { $server } нет идущих конференций.
press-to-stop = Чтобы остановить конференцию, нажмите её идентификатор.
page-of = Страница { $page } из { $pages }.
no-such-page = { $pages ->
    [one] Есть только { $pages } страница.
    [few] Есть только { $pages } страницы.
   *[many] Есть только { $pages } страниц.
}
untitled = без названия
participants = { $count ->
    [0] никого нет
    [one] { $count } участник
    [few] { $count } участника
   *[many] { $count } участников
}
stopped-state = остановлена
live-control = управление
moderator = ведущий
guest = гость
and-more = и ещё { $count }
runs = идёт
owner = Владелец: { $owner }
runs-for = Идёт { $duration }.
forgotten = { $count ->
    [one] На { $server }, похоже, забыта { $count } конференция:
    [few] На { $server }, похоже, забыты { $count } конференции:
   *[many] На { $server }, похоже, забыто { $count } конференций:
}
none-forgotten = На { $server } нет забытых конференций длительностью от { $over }.
not-looked-into = { $count ->
    [one] Не удалось проверить { $count } конференцию: { $ids } ({ $why })
    [few] Не удалось проверить { $count } конференции: { $ids } ({ $why })
   *[many] Не удалось проверить { $count } конференций: { $ids } ({ $why })
}
online = { $count ->
    [one] На { $server } в сети { $count } пользователь из { $all }.
    [few] На { $server } в сети { $count } пользователя из { $all }.
   *[many] На { $server } в сети { $count } пользователей из { $all }.
}
nobody-online = На { $server } никого нет в сети.
sure-to-stop = Остановить { $title } ({ $id }) на { $server }? Владелец { $owner }, { $participants }, идёт { $duration }.
stopped = { $title } ({ $id }) на { $server }: конференция остановлена.
already-stopped = { $title } ({ $id }) на { $server }: конференция уже была остановлена.
started = { $title } ({ $id }) на { $server }: конференция запущена.
already-runs = { $title } ({ $id }) на { $server }: конференция уже идёт.
no-such-conference = На { $server } нет конференции { $id }.
records = { $count ->
    [one] { $count } запись конференции { $id } на { $server }:
    [few] { $count } записи конференции { $id } на { $server }:
   *[many] { $count } записей конференции { $id } на { $server }:
}
no-records = На { $server } нет записей конференции { $id }.

## Добавление, удаление, сертификаты
added = { $name } добавлен; в командах это { $slug }.
speaks = Он говорит на API { $api }.
permissions-missing = Приложению не хватает разрешений: { $missing }. Добавьте их в панели управления: Web, OAuth2.
permissions-held = У приложения есть все нужные разрешения.
removed = { $name } удалён вместе с токеном.
sure-to-trust = { $name } показывает сертификат с отпечатком SHA-256 { $fingerprint }. Сравните его с отпечатком на самом сервере. Доверять с этого момента этому сертификату, и никакому другому?
trusted = Сертификату { $name } теперь доверяем.
trusted-already = Этому сертификату { $name } уже доверяем.
no-certificate = { $name } вызывается по http и сертификата не показывает.
trust-hint = Если это сертификат самого сервера, { $command } покажет его и запомнит.
late-hint = Спросите его отдельно, чтобы дождаться.

## Что не так с сервером
fault-silent = не отвечает { $seconds } с
fault-late = пока не ответил
fault-lost = недоступен: { $cause }
fault-lost-refused = недоступен: в соединении отказано
fault-lost-reset = недоступен: соединение сброшено
fault-lost-no-route = недоступен: до него нет пути по сети
fault-lost-no-name = недоступен: такого имени нет
fault-certificate = нет доверия сертификату: { $cause }
fault-broke-off = оборвал ответ на середине
fault-credentials = не знает такого приложения: проверьте client_id и client_secret
fault-no-credentials = не заданы ни client_id и client_secret, ни secret_key
fault-no-scope = у приложения OAuth2 нет ни одного разрешения
fault-refused = не принимает токен, который только что выдал; проверьте приложение OAuth2
fault-scope = приложению OAuth2 не хватает разрешения { $missing }
fault-forbidden = отказывает: приложению OAuth2 это не разрешено
fault-missing = ничего такого там нет ({ $reason })
fault-not-told = его API этого не сообщает
fault-not-trueconf = по этому адресу не TrueConf Server, или перед ним что-то стоит (ответ { $status })
fault-answered = не смог этого сделать (ответ { $status })
fault-said = отказывает: { $said } ({ $status })
fault-nonsense = ответил не так, как отвечает TrueConf Server
fault-store = подвело хранилище бота; причина в его журнале

## Справка
help-trueconf-servers = Показать серверы TrueConf или то, о чём можно спросить один из них
    .server = Сервер, по имени
help-trueconf-status = Показать, работают ли серверы TrueConf
    .server = Сервер, по имени или его началу; все, если не назван ни один
help-trueconf-confs = Показать идущие конференции
    .server = Сервер, по имени или его началу; все, если не назван ни один
    .all = Показать и те, что не идут
    .page = Страница длинного списка
help-trueconf-online = Показать, сколько пользователей в сети
    .server = Сервер, по имени или его началу; все, если не назван ни один
help-trueconf-forgotten = Показать долгие конференции без ведущего или с ним одним
    .server = Сервер, по имени или его началу; все, если не назван ни один
    .over = Сколько они идут самое меньшее, например 30m или 2h
    .page = Страница длинного списка
help-trueconf-show = Показать конференцию и её участников
    .server = Сервер, по имени; можно не называть, если он один
    .id = Идентификатор конференции
help-trueconf-records = Показать записи конференции
    .server = Сервер, по имени; можно не называть, если он один
    .id = Идентификатор конференции
help-trueconf-stop = Остановить конференцию
    .server = Сервер, по имени; можно не называть, если он один
    .id = Идентификатор конференции
    .list = Список, который показать потом
help-trueconf-run = Запустить конференцию
    .server = Сервер, по имени; можно не называть, если он один
    .id = Идентификатор конференции
help-trueconf-add = Добавить сервер TrueConf
    .name = Имя, которое увидят люди
    .address = Адрес сервера, например video.example.com
    .client_id = Идентификатор приложения OAuth2
    .client_secret = Секрет приложения OAuth2
    .no_tls_check = Не проверять сертификат сервера
    .api = API: auto, v4 или прежние, например v3.3
    .status_port = Порт клиентов, по которому видно состояние
help-trueconf-remove = Убрать сервер TrueConf, добавленный в чате
    .server = Сервер, по имени
help-trueconf-trust = Показать отпечаток сертификата сервера и доверять ему
    .server = Сервер, по имени; можно не называть, если он один
