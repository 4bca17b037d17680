# То, что говорит сам бот. Ключи и переменные те же, что в en.ftl.

## texts/language.rs
language-name = русский
language-used = { $why ->
    [chat] В этом чате я отвечаю на языке «{ $language }»: он выбран для чата.
    [person] Я отвечаю вам на языке «{ $language }»: вы его выбрали.
    [client] Я отвечаю вам на языке «{ $language }»: так настроена ваша программа чата.
   *[default] Я отвечаю вам на языке «{ $language }»: так указано в конфигурации.
}
languages-known = Я знаю языки: { $known }. { $place ->
    [private] { $mine } выберет язык, { $auto } отменит выбор.
   *[group] { $mine } выберет язык для вас, { $auto } отменит выбор; { $chat } — для всего чата.
}
language-chosen = { $whose ->
    [chat] Теперь в этом чате я отвечаю на языке «{ $language }».
   *[person] Теперь я отвечаю вам на языке «{ $language }».
}
language-stays = В этом чате остаётся { $language }: он выбран для чата.
language-let-go = { $whose ->
    [chat] У этого чата больше нет своего языка; вам я отвечаю на языке «{ $language }».
   *[person] Ваш выбор забыт; я отвечаю вам на языке «{ $language }».
}
no-such-language = На языке { $typed } у меня нет текстов. Я знаю языки: { $known }.
language-of-chat-refused = Язык этого чата выбираете не вы; { $mine } выберет язык только для вас.
own-texts-broken = { $count ->
    [one] { $count } файл с вашими текстами нельзя использовать как есть:
    [few] { $count } файла с вашими текстами нельзя использовать как есть:
   *[many] { $count } файлов с вашими текстами нельзя использовать как есть:
}
answer-yes = да
answer-no = нет
in-private = { $about } (в личном чате)
also-called = Другие имена: { $aliases }
who-may-run = Команда { $who ->
    [everyone] для всех
    [admins] для администраторов
    [role] для роли { $role } и администраторов
   *[listed] для тех, кого перечисляет конфигурация её плагина
}, если правило конфигурации не говорит иначе.
run-in-private-only = Выполняется только в личном чате.
asks-first = Спросит, прежде чем что-либо сделать.

## texts/commands.rs
unknown-command = Нет команды { $command }.
unknown-command-try = Попробуйте { $help }.
did-you-mean = Может быть, { $what }?
unclosed-quote = Кавычка { $quote } не закрыта.
admins-only = { $command } — только для администраторов. { $whoami } покажет, кто вы для меня.
listed-only = { $command } — только для тех, кто указан в конфигурации её плагина. { $whoami } покажет, кто вы для меня.
role-only = { $command } — только для роли { $role } и администраторов. { $whoami } покажет, кто вы для меня.
refused-by-rule = Здесь вам нельзя выполнить { $command }: это запрещает правило из конфигурации.
in-private-only = { $command } — только для личного чата: отправьте её мне туда.
secret-was-seen = { $deleted ->
    [yes] Ваше сообщение я удалил, но другие могли прочитать секрет в нём
   *[no] Другие могли прочитать секрет в вашем сообщении
}: замените его новым.
write-to-me-first = Ответ предназначен только вам: сначала напишите мне в личный чат, а потом спросите там.
went-wrong = Что-то пошло не так (код { $reference }). Подробности — в логе хоста.
took-too-long = { $command } выполнялась дольше { $limit }; я её остановил.
may-have-run = Меня остановили, пока выполнялась ваша команда { $command }. Она могла сработать: проверьте это, прежде чем повторять.
left = Хорошо, забудем.
nothing-to-leave = Я вас здесь ни о чём не спрашивал.
too-late = Время вышло; спросите ещё раз.
how-commands-begin = Команды начинаются с { $prefix }: попробуйте { $help }.
nothing-to-repeat = Здесь ещё не было вашей команды, которую я мог бы повторить.
how-to-repeat = { $signed ->
    [yes] Нет строки { $typed }.
   *[no] После { $typed } ничего не может стоять.
} { $last } повторяет вашу последнюю строку здесь, { $third } — третью с конца; { $history } покажет их номера.
no-such-line = Нет строки { $line }: я помню здесь { $kept ->
    [one] { $kept } вашу строку
    [few] { $kept } ваши строки
   *[many] { $kept } ваших строк
}, их покажет { $history }.
was-cancelled = { $command } отменена{ $by ->
    [admin] {" "}администратором
   *[sender] {""}
}; { $begun ->
    [yes] она могла успеть сработать.
   *[no] ничего не сделано.
}
nothing-to-cancel = Здесь у вас ничего не выполняется.{ $elsewhere ->
    [yes] {" "}Но кое-что выполняется в другом чате: отмените там.
   *[no] {""}
}
no-such-command = Под номером { $number } у вас ничего не выполняется.
cancel-by-number = Укажите номер команды или напишите all.
which-to-cancel = { $one } остановит одну из них, { $all } — все.
running = { $id } { $command }, уже { $time }{ $asks ->
    [yes] , ждёт ответа
   *[no] {""}
}
running-of = { $id } { $command } от { $sender } в { $chat }, уже { $time }{ $asks ->
    [yes] , ждёт ответа
   *[no] {""}
}
nothing-runs = Сейчас ничего не выполняется.
lines-dropped = { $count ->
    [one] Отброшена { $count } строка, стоявшая в очереди.
    [few] Отброшены { $count } строки, стоявшие в очереди.
   *[many] Отброшено { $count } строк, стоявших в очереди.
}
cancelled-of = { $command } от { $sender } отменена.
nothing-apropos = Ни одна из доступных вам команд с этим не связана. { $help } покажет их все.
too-many-waiting = Я за вами не успеваю и эту строку отбросил. Дождитесь, пожалуйста, ответов.
how-to-leave = ({ $nay } — отмена)
wrong-answer = { $name }: это не подходит.
really-run = Точно выполнить { $line }?
nothing-done = Ничего не сделано.
taken-as-no = Считаю это за «нет»: ничего не сделано.
left-undone = Хорошо, забудем: ничего не сделано.
question-dropped = Это новая команда: свой вопрос о { $command } я снимаю.
too-late-to-confirm = Время вышло: ничего не сделано.
changed-meanwhile = { $command } отключили или изменили, пока я вас спрашивал: ничего не сделано.
question-is-for = Этот вопрос не вам: на него отвечает { $name }.
question-closed = Этот вопрос уже закрыт.
press-dropped = Это отменили, прежде чем оно началось.
button-forgotten = Я уже не помню, что значит эта кнопка; введите команду, пожалуйста.
missing-argument = Не хватает { $name }.
missing-argument-with-help = Не хватает { $name }: { $help }.
none-of = { $name }: { $word } — не из списка: { $valid }.
no-value = Для { $name } нужно значение.
no-number = { $name }: { $word } — не целое число.
unknown-option = Нет параметра { $option }.
surplus-word = { $word } — лишнее слово.
usage = Использование: { $usage }
help-more = { $command } — подробнее об одной из команд.
help-more-short = { $command } — подробнее об одной команде.
help-short = { $group }: { $words }. { $about } — { $help }
help-short-bare = { $group }: { $words } — { $help }
help-nay = { $nay } — отказ от ответа на мой вопрос: ничего не будет сделано.
host-about = Сам бот
not-set-up = Не настроены: { $plugins } ({ $help } — с чего начать).
first-steps = Плагин { $plugin } ещё не настроен: начните с { $steps }.
none-but-spoken-of = Команды { $command } нет, но с этим связаны:

## texts/access.rs
acl-roles = роли
acl-rules = правила, решает первое подходящее
acl-grants = выдано плагинами
acl-whoever = кто бы её ни выполнял
acl-every-call = любой вызов
acl-not-on = плагин выключен
acl-fits-nothing = не подходит ни к одной команде
acl-none = { $title }: нет
acl-nobody = никто
acl-verdict = { $allow ->
    [yes] разрешено
    [no] запрещено
   *[default] решает сама команда
}
place = { $private ->
    [yes] в личном чате ({ $chat })
   *[no] в { $chat }
}
acl-may = { $sender } { $may ->
    [yes] может выполнить
   *[no] не может выполнить
} { $command } { $place }: { $why }.
acl-depends = Может ли { $sender } выполнить { $command } { $place }, зависит от аргументов:
acl-no-such-call = { $command } с такими аргументами не выполняется, кто бы её ни вводил.
acl-private-only = { $command } выполняется только в личном чате, а { $place } отклоняется.
acl-confirmed = Прежде чем что-то сделать, она попросит подтверждения.
acl-because-admin = { $sender } — администратор
acl-because-role = команда для роли { $role }, и эта роль у отправителя есть
acl-because-listed = отправитель указан в конфигурации её плагина
acl-because-not-listed = в конфигурации её плагина для неё указаны другие
acl-because-not-admin = команда для администраторов
acl-because-no-role = команда для роли { $role } и администраторов
acl-because-everyone = команда для всех
acl-because-arguments = решают её аргументы
acl-reason = { $what }, и ни одно правило этого не меняет
acl-reason-and = { $what }, и { $rule }
acl-else = иначе: { $reason }
acl-by-grant = плагин { $plugin } выдал право: { $grant }
acl-granted = { $command } для { $sender }{ $args }
acl-only = { $private ->
    [yes] в личном чате
   *[no] не в личном чате
}
acl-arguments = аргументы
acl-argument = аргумент { $name }
acl-given = (введено: { $values })
acl-by-rule = правило { $rule } из access.rules{ $place } { $allow ->
    [yes] разрешает это
    [no] запрещает это
   *[default] оставляет решение команде
}: { $conditions }
acl-no-sender = { $word } — не отправитель; отправителя пишут так: { $forms }.

## texts/health.rs
disk-is-full = на диске нет места
not-stored = Не удалось это сохранить: { $why }. { $full ->
    [yes] Освободите, пожалуйста, место и повторите.
   *[no] Я продолжаю попытки; повторите, пожалуйста, через минуту. { $status } покажет, как обстоят дела.
}
part-name = { $part ->
    [journal] журнал
   *[store] хранилище
}
cannot-be-written = не принимает записи
part-status = { $part } { $state } уже { $time }
part-status-why = { $part } { $state } уже { $time }: { $why }
turned-away = { $count ->
    [one] Не принят { $count } запрос
    [few] Не приняты { $count } запроса
   *[many] Не принято { $count } запросов
}
cannot-write = { $full ->
    [yes] На диске нет места. Пока оно не появится
   *[no] { $part ->
        [journal] В журнал
       *[store] В хранилище
    } не удаётся записать: { $why }. Пока это так
}, я отвечаю на запросы кодом 503 и отклоняю команды, которые что-то меняют; потом продолжу сам. { $status } покажет, как обстоят дела.
could-not-write = С { $from } по { $to } { $full ->
    [yes] на диске не было места
   *[no] { $part ->
        [journal] в журнал
       *[store] в хранилище
    } не удавалось записать ({ $why })
}; { $turned-away ->
    [0] все запросы приняты.
    [one] не принят { $turned-away } запрос (ответ 503): его нужно отправить снова, если отправитель не сделает этого сам.
    [few] не приняты { $turned-away } запроса (ответ 503): их нужно отправить снова, если отправитель не сделает этого сам.
   *[many] не принято { $turned-away } запросов (ответ 503): их нужно отправить снова, если отправитель не сделает этого сам.
}
reloaded = Конфигурация вступила в силу:
reloaded-nothing = Конфигурация прочитана: в ней ничего не изменилось.
reloaded-nothing-now = Конфигурация прочитана: ничего нового из неё сейчас применить нельзя.
started-anew = Запущены заново: { $plugins }.
needs-restart = Вступит в силу после моего перезапуска:
not-reloaded = Я ничего не менял: в конфигурации { $count ->
    [1] ошибка
   *[other] ошибки
}:

## texts/notices.rs
notices-that-are = { $state ->
    [waiting] уведомлений, которые ждут отправки
    [sent] отправленных уведомлений
    [dead] недоставленных уведомлений
    [dropped] снятых уведомлений
    [replaced] заменённых уведомлений
    [silenced] уведомлений, не отправленных из-за тишины
   *[any] ожидающих и недоставленных уведомлений
}
notice-state = { $state ->
    [waiting] ждёт
    [sent] отправлено
    [dead] не доставлено
    [dropped] снято
    [replaced] заменено
    [silenced] не отправлено: тишина
   *[other] { $state }
}
standing = { $state }{ $tries ->
    [0] {""}
    [one] {" "}после { $tries } попытки
   *[other] {" "}после { $tries } попыток
}
standing-next = , следующая попытка { $next }
notice-line = { $id } { $at } { $plugin } в { $chat } { $standing }
notices-by-number = Уведомление указывают номером, как его показывает { $list }; или напишите all.
no-dead-letters = Недоставленных уведомлений нет.
before-a-number = before { $word }: строку указывают номером, например before 120
tried-again = { $count ->
    [one] { $count } уведомление будет отправлено снова.
    [few] { $count } уведомления будут отправлены снова.
   *[many] { $count } уведомлений будут отправлены снова.
}
dropped = { $count ->
    [one] Снято { $count } уведомление.
    [few] Снято { $count } уведомления.
   *[many] Снято { $count } уведомлений.
}
no-such-notice = Среди ожидающих и недоставленных нет уведомления с номером { $numbers }.
notices-left-out = Пропущены: { $notices }. Более позднее уведомление о том же говорит, как обстоит дело сейчас.
dead-letter = Уведомление не дошло до { $chat }: { $reason }. { $retry } отправит его снова.

## texts/noise.rs
silence-place = { $here ->
    [yes] этот чат
   *[no] чат { $chat }
}
silence-begun = Тишина { $id }: уведомления, в которых есть { $pattern }, не приходят в { $place } до { $until }. Отменить раньше: { $end }.
silence-line = { $id } { $chat } { $pattern } до { $until }, включил { $by }, { $count ->
    [0] пока ничего не задержано
    [one] не отправлено { $count } уведомление
    [few] не отправлено { $count } уведомления
   *[many] не отправлено { $count } уведомлений
}
silence-is-over = Тишина { $id } ({ $pattern }) закончилась: { $count ->
    [0] ничего не задержано.
    [one] не отправлено { $count } уведомление.
    [few] не отправлено { $count } уведомления.
   *[many] не отправлено { $count } уведомлений.
}
silence-shows = Посмотреть их: { $list }; отправить по номерам: { $retry }.
no-silences = { $anywhere ->
    [yes] Тишина не включена ни в одном чате.
   *[no] В чате { $chat } тишина не включена.
}
no-such-silence = Тишины { $id } сейчас нет; какие есть, показывает { $list }.
silence-needs-a-time = На какое время? Напишите его после слов, например: { $typed } nightly 2h.
no-time-of-a-silence = Я не знаю времени { $typed }: оно пишется как 30m, 2h, 1d или 1w.
silence-says-too-much = В тишине не больше { $most } знаков слов и столько же пояснения.
too-many-silences = В чате { $chat } уже { $most } тишин, больше нельзя; { $end } с номером отменяет одну.
silences-now = { $count ->
    [one] сейчас { $count } тишина
    [few] сейчас { $count } тишины
   *[many] сейчас { $count } тишин
}
silences-now-listed = , см. { $list }
silence-too-long = Тишина длится не дольше { $longest }.
other-chats-are-for-admins = О других чатах решают только администраторы.
quiet-hours = Тихие часы: { $hours } ({ $zone }). { $hold ->
    [yes] Срочные уведомления приходят без звука, остальные — в { $end }, по порядку; звучит только первое из них.
   *[no] Уведомления в это время приходят без звука.
}
no-quiet-hours = Тихих часов нет. Задать их: { $quiet }.
quiet-is-off = Тихих часов больше нет{ $hold ->
    [yes] ; то, что ждало их конца, отправляется сейчас.
   *[no] .
}
no-hours = { $typed } — не часы суток: они пишутся как 22:00-07:00.
not-hold = После часов может стоять слово hold, а не { $typed }.
no-zone = Я не знаю часового пояса { $typed }: он пишется как Europe/Berlin.
burst-passed = { $count ->
    [one] { $count } сборка прошла успешно
    [few] { $count } сборки прошли успешно
   *[many] { $count } сборок прошли успешно
}
burst-fixed = { $count ->
    [one] { $count } сборка снова в порядке
    [few] { $count } сборки снова в порядке
   *[many] { $count } сборок снова в порядке
}
burst-started = { $count ->
    [one] Началась { $count } сборка
    [few] Начались { $count } сборки
   *[many] Началось { $count } сборок
}
burst-builds = { $count ->
    [one] { $count } сборка
    [few] { $count } сборки
   *[many] { $count } сборок
}
burst-in = { $builds } за { $span }
burst-kind = { $kind ->
    [passed] успешно { $count }
    [fixed] исправлено { $count }
   *[started] начато { $count }
}
burst-more = … и ещё { $count }: { $list }
grouping = { $after ->
    [0] Каждое уведомление приходит отдельным сообщением.
    [one] Если ждут отправки хотя бы { $after } уведомление об удачных сборках, они приходят одним сообщением.
    [few] Если ждут отправки хотя бы { $after } уведомления об удачных сборках, они приходят одним сообщением.
   *[many] Если ждут отправки хотя бы { $after } уведомлений об удачных сборках, они приходят одним сообщением.
}
grouping-how = Изменить: { $change }; вернуть как в конфигурации: { $on }.
not-grouping = Не понимаю { $typed }: напишите off, on или after и число от 2 до 500.

## texts/requests.rs
replay-of = (повтор { $request }, запустил { $by })
body-not-kept = Тело не сохранено: проверка подлинности не прошла.
body-of-network = Тело не сохранено: то, что люди пишут в чат, не хранится.
body-empty = Тело пустое.
body-more = … и ещё { $count ->
    [one] { $count } символ
    [few] { $count } символа
   *[many] { $count } символов
}
request-path = путь: { $fields }
request-query = параметры: { $fields }
request-user = пользователь: { $user }
request-column = { $name ->
    [received] Получен
    [messages] Сообщений
    [user] Пользователь
    [address] Адрес отправителя
    [method] Метод
    [details] Подробности
    [uri] Путь (URI)
    [query] Строка запроса
    [timestamp] Время
   *[error] Ошибка
}
no-notice = Уведомлений по нему не было.
attempt-outcome = { $outcome ->
    [posted] отправлено
    [edited] изменено
    [retry] не вышло
    [refused] отказ
    [unknown] неизвестно
    [moved] чат переехал
   *[other] { $outcome }
}
attempt-alone = { $at } { $outcome } (заняло { $ms } мс)
attempt = { $at } { $outcome }: { $detail } (заняло { $ms } мс)
notice-of-request = уведомление { $id } в { $chat } { $standing }
request-call = { $method } { $path } от { $peer }: { $status }
incident-peer = от { $peer }
incident-path = на { $path }
unknown-request = Запроса { $id } я не знаю: такого номера не было, или он слишком старый.
cannot-replay = { $id } нельзя выполнить снова: { $why }.
replay-answer = { $decision ->
    [accepted] принят
    [ignored] пропущен
    [refused] отклонён
   *[other] { $decision }
} с кодом { $status }
replayed = { $id } выполнен снова как { $again }: { $answer }.
rehearsed = { $id } был бы { $answer }.
replay-follows = { $really ->
    [yes] { $posts ->
        [yes] Отправлено:
       *[no] Отправлять нечего.
    }
   *[no] { $posts ->
        [yes] Было бы отправлено:
       *[no] Отправлять было бы нечего.
    }
}
posts-to = в { $chat }
masked-in-replay = Обработчик видел *** вместо { $names }: это не хранится.
replay-without-body = его тело не сохранено, так как проверка подлинности не прошла
replay-of-network = он пришёл чат-сети, а то, что пишут люди, не хранится
replay-without-param = на месте { $param } в его пути мог быть секрет, и он не сохранён
replay-without-hook = { $method } { $path } не обслуживает ни один включённый плагин
no-second-instance = второй экземпляр { $plugin } не запускается: { $error }
too-many-replays = За раз я повторяю не больше { $max } запросов: укажите меньше.

## texts/status.rs
about = { $name } { $version }: я бот, который рассказывает в чатах, что происходит на ваших серверах, например чем закончилась сборка, и выполняет для вас команды. Всё, что я умею, дают плагины: { $repos } покажет их, { $help } — что можно у меня попросить.
up-since = { $name } { $version }, работает { $time }
link-up = на связи
link-connecting = подключается
link-ailing = на связи, но с неполадками
link-gave-up = попытки прекращены
link-down = не на связи
not-configured = нет в конфигурации
status-since = с { $since }
status-waiting = ; в очереди { $count }, самое старое ждёт { $oldest }
status-next-try = , следующая попытка { $next }
status-dead = ; не доставлено { $count }: { $list }
status-last-error = ; последняя ошибка { $at }: { $error }
no-plugin-on = ни один плагин не включён
plugins-on = включены плагины: { $plugins }
journal-small = журнал меньше 10 МБ
journal-size = журнал { $mb } МБ
hooks-at = хуки: { $url }
network-gave-up = Сеть { $network } больше не пытается подключиться: { $reason }. Оттуда больше ничего не читается: исправьте её в конфигурации и запустите меня снова. { $status } покажет, что её ждёт.
joined = Меня добавили в { $title }{ $by }. Адрес чата: { $chat }.
here-i-am = Здравствуйте! Этот чат — { $chat }; { $help } покажет, что я здесь умею.
left-chat = Меня удалили из { $title } ({ $chat }){ $by }. Уведомления туда больше не дойдут.
by-whom = : { $name } ({ $id })
whoami = Вы — { $name }, { $id }, { $place }.
whoami-admin = Вы администратор.
whoami-roles = Роли: { $roles }.
hello = Здравствуйте, { $name }! { $help } покажет, что можно у меня попросить.
your-id = Ваш id — { $id }.
your-id-here = { $name }, ваш id — { $id }.
chat-here = Этот чат — { $chat }.
topic-here = Этот чат — { $chat }; эта тема — { $topic }.
here = { $here } означает это место везде, где команде нужен чат.
for-admins = Строка { $line } в конфигурации сделает вас администратором.
for-botfather-none = Нет ни одной команды, доступной всем.
for-botfather = Отправьте { $command } боту @BotFather, выберите этого бота и пришлите:
plugin-has = { $what ->
    [commands] команды
    [hooks] хуки
    [jobs] задания
   *[other] { $what }
}: { $values }
left-out-line = { $plugin } нет в этой сборке: соберите с { $option }
unknown-plugin = Нет плагина { $plugin }. { $repos } покажет, какие есть.
needs-config = Для { $plugin } в конфигурации не хватает: { $keys }
off-by-config = { $plugin } выключен в конфигурации ({ $key }{ $place }): измените это там и выполните !reload.
is-on = включён
is-off = выключен
is-off-by-config = выключен в конфигурации
is-off-until = выключен, пока в конфигурации нет { $keys }
no-status-state = состояние неизвестно
no-status = { $state }; почему, сказано в логе хоста
plugin-now = { $plugin } { $changed ->
    [yes] теперь
   *[no] уже
} { $on ->
    [yes] включён.
   *[no] выключен.
}
listed = { $what ->
    [requests] запросов
    [incidents] инцидентов
    [log] строк в логе с моего запуска
   *[plugins] такого плагина
}
nothing-found = Нет { $what }.
nothing-like-that = Ничего подходящего нет.
more-rows = Более старые: { $command }
no-such-section = Нет раздела { $section }; есть { $sections }.
config-key = ключ
config-value = значение
config-from = откуда
config-not-set = не задано
config-late = { $source }, со следующего запуска
config-default = по умолчанию
config-line = строка { $line }
config-file = файл { $file }
no-chat-of = { $address } — не чат сети { $network }; чат пишут так: { $form }
several-chats = { $word } может значить { $chats }: уточните
no-chat = { $word } — не чат ни одной из подключённых сетей; чат пишут так: { $forms }
chat-form = чат пишут так: telegram:-1001234 или irc:#dev

## texts/damage.rs
store-was-missing = Хранилища не было; из снимка от { $time } ({ $snapshot }) взято записей: { $count }. Всё, что менялось после него, потеряно.
store-is-older = Хранилище в { $folder } старое: в нём нет того, что есть в его последнем снимке. Если так не задумано, остановите меня, выполните `{ $command }` и запустите снова.
journal-end-was-damaged = Конец лога журнала был повреждён, пропущено страниц: { $pages }. Если машина обесточилась, никому не сообщали, что они сохранены; иначе потеряно то, что принято последним.{ $kept ->
    [yes] {" "}Он сохранён как { $file }.
   *[no] {""}
}
snapshot-is-unusable = Снимок { $snapshot } использовать нельзя: { $error }.
command-is-lost = Ещё не выполненную команду из { $network } нельзя прочитать, она пропущена: { $reason }.
journal-was-damaged = Журнал { $journal } был повреждён ({ $why }); он сохранён как { $file }, начат новый.
journal-was-salvaged = Из повреждённого журнала спасено ещё не отправленных уведомлений: { $notices }. Другие могли пропасть; то, что отправлено или отвечено раньше, есть только в старом файле.
journal-is-unreadable = Из повреждённого журнала ничего не удалось прочитать: { $why }.
store-was-damaged = Хранилище было повреждено ({ $why }). В прежнем виде оно сохранено в { $file }.
store-was-repaired = Оно исправлено: файлы индекса (snap.*) созданы заново; записей в нём: { $records }, последняя ревизия — { $revision }. Если повреждены и сами записи, последних изменений нет.
record-is-lost = Потеряно: { $which }.
records-are-kept = { $count ->
    [one] Удалось прочитать и сохранить { $count } его запись.
    [few] Удалось прочитать и сохранить { $count } его записи.
   *[many] Удалось прочитать и сохранить { $count } его записей.
}
records-were-loaded = { $count ->
    [one] Загружена { $count } запись
    [few] Загружены { $count } записи
   *[many] Загружено { $count } записей
} из последнего снимка, { $snapshot }: изменения после него могли пропасть.
no-snapshot = { $saved ->
    [yes] Снимка, из которого можно взять остальные, нет.
   *[no] Снимка для загрузки нет: хранилище начинается пустым.
}
records-are-missing = { $count ->
    [one] В нём нет { $count } записи
   *[other] В нём нет { $count } записей
} последнего снимка, { $snapshot } (первая — { $key } из { $table }): с тех пор удалены или потеряны.
journal-was-missing = Журнала не было, начат новый: то, что ждало отправки, потеряно.

## texts.rs
duration = { $unit ->
    [d] { $n } д
    [h] { $n } ч
    [min] { $n } мин
   *[s] { $n } с
}
or = { $most } или { $last }
and = { $most } и { $last }
records = { $count ->
    [one] { $count } запись
    [few] { $count } записи
   *[many] { $count } записей
}
