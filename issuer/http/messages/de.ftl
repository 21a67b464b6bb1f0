# The texts of the pages in German. See en.ftl.

language-name = Deutsch

## What many pages say

layout-address = Bevor Sie ein Passwort eingeben, prüfen Sie, dass in der Adresszeile <strong>{ $host }</strong> steht.
layout-language = Sprache
allow = Erlauben
any = beliebig
asks-for = Angefragt wird
cancel = Abbrechen
continue = Weiter
create = Anlegen
deny = Ablehnen
done = Fertig
first-page = Erste Seite
for-user = für <bdi class="name">{ $user }</bdi>
name = Name
next-page = Nächste Seite
none = keine
portal = Portal
scopes-none = Nur zu wissen, wer Sie sind.
sign-in = Anmelden
sign-out = Abmelden
since = Seit <time datetime="{ $machine }">{ $time }</time>
last-used = Zuletzt verwendet am <time datetime="{ $machine }">{ $time }</time>
created = Angelegt am <time datetime="{ $machine }">{ $time }</time>.
throttled = Zu viele Versuche. Bitte warten Sie { $wait } und versuchen Sie es noch einmal.

## Times

timestamp = { $day }. { $month } { $year }, { $time } UTC
month-1 = Januar
month-2 = Februar
month-3 = März
month-4 = April
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = August
month-9 = September
month-10 = Oktober
month-11 = November
month-12 = Dezember
without-end = unbegrenzt
seconds = { $count ->
    [one] 1 Sekunde
   *[other] { $count } Sekunden
}
minutes = { $count ->
    [one] 1 Minute
   *[other] { $count } Minuten
}
hours = { $count ->
    [one] 1 Stunde
   *[other] { $count } Stunden
}
days = { $count ->
    [one] 1 Tag
   *[other] { $count } Tage
}

## Start

start = Start
start-text = Anwendungen erhalten ihren Zugriff über diese Seite.
start-account = <a href="{ $to }">Ihr Konto</a>: die Anwendungen, denen Sie Zugriff erlaubt haben, und Ihr Passwort
start-portal = <a href="{ $to }">Portal</a> für Entwickler und Administratoren: Anwendungen, Abonnements und Tokens
start-device = <a href="{ $to }">Ein Gerät verbinden</a>, das Ihnen einen Code zeigt
start-api = <a href="{ $to }">Management API</a> für Entwickler und Administratoren

## Sign-in

password = Passwort
user-name = Benutzername
sign-in-continue = um zu <bdi class="name">{ $application }</bdi> weiterzugehen
sign-in-stores = Ohne @ wird der Benutzername in <bdi>{ $store }</bdi> gesucht. Für ein anderes Benutzerverzeichnis geben Sie ein:
sign-in-wrong = Falsches Passwort
sign-in-wrong-text = Der Benutzername oder das Passwort ist falsch. Bitte versuchen Sie es noch einmal.
sign-in-many = Zu viele Versuche
sign-in-limited-text = Für diesen Benutzernamen sind zu viele Versuche fehlgeschlagen. Bitte melden Sie sich mit einem Browser an, den Sie schon benutzt haben, oder bitten Sie den Administrator, Ihr Konto zu entsperren.
sign-in-unavailable = Nicht verfügbar
sign-in-unavailable-text = Ihr Passwort kann gerade nicht geprüft werden. Bitte versuchen Sie es in ein paar Minuten noch einmal.
signed-out = Sie sind abgemeldet
signed-out-text = Anwendungen, denen Sie Zugriff erlaubt haben, behalten ihn. Um ihn zu entziehen, <a href="{ $account }">melden Sie sich bei Ihrem Konto an</a>.

## Consent and devices

consent-title = Zugriff erlauben?
consent-lead = <bdi class="name">{ $application }</bdi> möchte für Sie handeln, <bdi class="name">{ $user }</bdi>.
consent-apis = Aufrufen darf die Anwendung
consent-continue = Wie auch immer Sie entscheiden, es geht danach weiter bei <bdi class="name">{ $host }</bdi>.
consent-withdraw = Wenn Sie zustimmen, können Sie den Zugriff jederzeit entziehen: siehe <a href="{ $account }">Ihr Konto</a>.
continuing = Es geht weiter
continue-link = Falls nichts geschieht, <a href="{ $address }">gehen Sie weiter zu <bdi>{ $application }</bdi></a>.
device-connect = Ein Gerät verbinden
device-code = Code auf Ihrem Gerät
device-code-hint = Groß oder klein geschrieben, mit oder ohne Bindestrich.
device-unknown = Unbekannter Code
device-unknown-text = Kein Gerät wartet mit diesem Code. Vergleichen Sie ihn mit dem Code, den Ihr Gerät jetzt zeigt: Codes laufen nach einer Weile ab.
device-confirm = Dieses Gerät verbinden?
device-lead = <bdi class="name">{ $application }</bdi> möchte für Sie handeln, <bdi class="name">{ $user }</bdi>, auf einem Gerät, das diesen Code zeigt:
device-warning = <strong>Erlauben Sie es nur, wenn Sie diesen Code auf Ihrem eigenen Gerät sehen.</strong> Wenn eine andere Person Ihnen den Code geschickt hat, lehnen Sie ab: Diese Person könnte sonst in Ihrem Namen handeln.
device-allowed = Gerät verbunden
device-allowed-text = Machen Sie auf Ihrem Gerät weiter. Sie können diese Seite schließen.
device-denied = Gerät abgelehnt
device-denied-text = Das Gerät hat keinen Zugriff. Sie können diese Seite schließen.

## Account

account = Ihr Konto
account-signed-in = Sie sind angemeldet als <bdi class="name">{ $user }</bdi>.
account-applications = Anwendungen mit Zugriff auf Ihr Konto
account-none = Keine. Anwendungen, denen Sie Zugriff erlauben, stehen hier.
account-asked-for = Was sie angefragt hat
account-not-used = Noch nicht verwendet
account-withdraw = Entziehen<span class="unseen">: den Zugriff von <bdi>{ $application }</bdi></span>
account-withdrawn = Der Zugriff der Anwendung ist entzogen.
account-no-access = Die Anwendung hat keinen Zugriff.
password-change = Passwort ändern
password-changed = Ihr Passwort ist geändert. Auf allen anderen Geräten sind Sie abgemeldet, und Anwendungen müssen Sie neu um Zugriff bitten.
password-not-changed = Passwort nicht geändert
password-problems = Das Passwort wurde nicht geändert. Was falsch ist, steht bei jedem Feld.
password-current = Jetziges Passwort
password-new = Neues Passwort
password-again = Neues Passwort noch einmal
password-rules = Mindestens 8 Zeichen; ein langer Satz ist besser als ein kurzes, kompliziertes Wort. Leerzeichen und Buchstaben aller Schriften sind erlaubt.
password-differ = Die beiden neuen Passwörter sind verschieden.
password-current-wrong = Das jetzige Passwort ist falsch.
password-limited = Zu viele Versuche sind fehlgeschlagen. Bitten Sie den Administrator um ein anderes Passwort.
password-short = Das Passwort braucht mindestens 8 Zeichen.
password-long = Das Passwort darf höchstens 256 Zeichen haben.
password-common = Das Passwort ist weit verbreitet und wird von Angreifern zuerst versucht: Wählen Sie ein anderes, etwa mehrere Wörter ohne Zusammenhang.
password-name = Das Passwort ist kaum mehr als der Benutzername oder ein anderer bekannter Name: Wählen Sie eines ohne diesen Namen.
password-repeated = Das Passwort wiederholt ein einziges Zeichen: Wählen Sie eines mit verschiedenen Zeichen.

## Errors

ask-application = Das können Sie hier nicht lösen. Bitte teilen Sie dem Betreiber der Anwendung, von der Sie kamen, mit, was auf dieser Seite steht.
ask-issuer = Wenn das öfter geschieht, teilen Sie bitte dem Betreiber von { $host } mit, was auf dieser Seite steht.
go-to-account = Zu Ihrem Konto
application-wrong = Die Anwendung hat einen Fehler gemacht
application-wrong-client = Die Anwendung, die Sie hierher geschickt hat, ist unbekannt oder hat ihre Kennung nicht gesendet. Es wurde kein Zugriff erteilt.
application-wrong-redirect = Die Anwendung will Sie an eine Adresse zurückschicken, die hier nicht registriert ist. Es wurde kein Zugriff erteilt.
application-wrong-request = Die Anwendung hat Sie mit einer fehlerhaften Anfrage hierher geschickt. Es wurde kein Zugriff erteilt.
broken = Etwas ist schiefgegangen
broken-why = Hier ist etwas schiefgegangen. Die Betreiber dieser Seite finden die Ursache in ihrem Protokoll.
form-foreign = Nicht von dieser Seite gesendet
form-foreign-why = Eine andere Seite hat dieses Formular in Ihrem Namen gesendet, deshalb ist nichts geschehen. Wenn Sie es selbst gesendet haben, öffnen Sie diese Seite unter ihrer üblichen Adresse und versuchen Sie es noch einmal.
form-large = Zu viel Text
form-large-why = Das gesendete Formular ist zu groß. Gehen Sie zurück, kürzen Sie Ihre Eingaben und versuchen Sie es noch einmal.
form-old = Das Formular ist zu alt. Senden Sie es noch einmal.
form-sent-before = Sie haben dieses Formular schon einmal mit anderen Werten gesendet. Sehen Sie nach, was dabei entstanden ist, und senden Sie dieses neue Formular, wenn Sie es noch brauchen.
form-stale = Diese Seite ist zu alt
form-stale-why = Das gesendete Formular ist zu alt oder wurde in einem anderen Browser geöffnet. Gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal. Cookies müssen für diese Seite erlaubt sein.
no-member = Kein Mitglied
no-member-why = Bitten Sie einen Administrator, Ihr Konto mit einem Mitglied zu verbinden: Das Konto { $user } ist mit keinem verbunden. Der Befehl ist: postern admin member change NAME --account { $user }
not-allowed = Nicht erlaubt
not-allowed-auditor = Sie sind Prüfer: Sie sehen alles und ändern nichts.
not-found = Nicht gefunden
no-such-application-why = Diese Anwendung gibt es nicht, oder sie gehört einem anderen Mitglied.
too-many-requests = Zu viele Anfragen
too-many-requests-why = Aus Ihrem Netz kommen zu viele Anfragen. Bitte warten Sie einen Augenblick und versuchen Sie es noch einmal.
unavailable = Gerade nicht verfügbar
unavailable-why = Das ist im Augenblick nicht verfügbar. Bitte versuchen Sie es in ein paar Minuten noch einmal.

## Portal

role-administrator = Administrator
role-auditor = Prüfer
role-developer = Entwickler
applications = Anwendungen
applications-none = Noch keine. Eine Anwendung erhält die Tokens, mit denen ihre Programme APIs aufrufen.
applications-first = Geben Sie unten einen Namen ein, um die erste anzulegen.
application-new = Neue Anwendung
application-name = Name
application-id = Ihre Kennung ist <code>{ $id }</code>.
application-blocked = Ein Administrator hat diese Anwendung gesperrt: Sie erhält keine Tokens.
api-count = { $count ->
    [one] 1 API
   *[other] { $count } APIs
}
blocked = gesperrt
keys-in = Schlüssel: { $environments }
environments-both = Produktion und Sandbox
production = Produktion
sandbox = Sandbox
owner = Eigentümer: <bdi>{ $owner }</bdi>
owner-administrators = Eigentümer: die Administratoren
subscriptions = Abonnements
subscriptions-none = Noch keine. Ein Token gibt Zugriff auf die APIs, die seine Anwendung abonniert hat.
subscription-blocked = von einem Administrator gesperrt
subscription-waiting = wartet auf die Freigabe durch einen Administrator
subscription-end = Abonnement beenden<span class="unseen">: { $api }</span>
at-tier = Stufe { $tier }
subscribe = Abonnieren
subscribe-to = Eine API abonnieren
choose-api = Wählen Sie eine API.
no-subscription = Die Anwendung hat diese API nicht abonniert.
offer = { $api }, Stufe { $tier }
offer-limited = { $api }, Stufe { $tier }: { $requests } Anfragen je { $period }
offer-approval = { $offer }, braucht eine Freigabe
unsubscribe-title = Das Abonnement von { $api } beenden
unsubscribe-consequence = Jedes Token dieser Anwendung, das Zugriff auf diese API gibt, wird ab sofort abgelehnt, auch für die anderen APIs darin. Neue Tokens geben keinen Zugriff auf diese API.
unsubscribe-button = Abonnement beenden
keys = Schlüssel
keys-none = Noch keine Schlüssel.
consumer-key = Consumer Key
consumer-secret = Consumer Secret
token = Token
tokens-valid-for = Tokens sind gültig für
domains = Domains
addresses = Adressen
scopes = Scopes
stolen = Wenn ein Token gestohlen wurde
stolen-text = „Neu erzeugen“ beendet das jetzige Token einer Umgebung. Um jedes Token dieser Anwendung zu beenden:
revoke-all = Alle Tokens widerrufen
revoke-title = Alle Tokens von { $application } widerrufen
revoke-consequence = Jedes Token dieser Anwendung, in der Produktion und in der Sandbox, wird ab sofort abgelehnt: die hier kopierten, die von ihren Programmen geholten und die ihrer Benutzer. Programme mit Consumer Key und Consumer Secret können neue bekommen.
revoked = { $count ->
    [0] Es gab kein gültiges Token.
    [one] 1 Token ist widerrufen.
   *[other] { $count } Tokens sind widerrufen.
}

## The catalogue of APIs

apis = APIs
apis-none = Noch keine API. Administratoren legen sie an: postern admin api import FILE
apis-not-found = Keine API hat <bdi>{ $query }</bdi> im Namen, im Titel oder in den Schlagwörtern.
search = Suchen
search-apis = Name, Titel oder Schlagwort
as-markdown = Als Markdown, für Assistenten
application = Anwendung
tier = Stufe
tiers-text = Eine Anwendung ruft die API mit einem Abonnement in einer Stufe auf.
tier-limit = { $requests } Anfragen je { $period }
unlimited = unbegrenzt
needs-approval = braucht eine Freigabe
sign-in-to-subscribe = Zum Abonnieren anmelden
subscribed-all = Alle Ihre Anwendungen haben ein Abonnement.
no-such-api-why = Diese API gibt es nicht.
choose-application = Wählen Sie eine Anwendung und eine Stufe.
about-contact = Kontakt
about-license = Lizenz
about-terms = Nutzungsbedingungen
about-more = Weitere Dokumentation
operations = Operationen
api-docs-document = Diese Seite entsteht aus <a href="{ $to }">einem OpenAPI-Dokument</a>.
api-hosts = Die API antwortet unter <bdi>{ $hosts }</bdi>.
deprecated = veraltet
token-needed = Token
token-none = Keines: Alle dürfen sie aufrufen.
token-application = Das Token einer Anwendung.
token-user = Das Token eines Benutzers.
token-any = Das Token einer Anwendung oder eines Benutzers.
token-personal = Ein persönliches Zugriffstoken.
token-domain = Die Anfrage muss von einer Seite kommen oder ihre Domain nennen.
parameters = Parameter
in-path = im Pfad
in-query = in der Query
in-header = im Header
required = erforderlich
body = Inhalt
answers = Antworten
first-call-token = Setzen Sie das Token in <code>TOKEN</code> ein.
try-out = Ausprobieren
try-token = Ihr Token
try-token-hint = Es wird nur an <bdi>{ $gateway }</bdi> gesendet und vergessen, wenn Sie die Seite verlassen. Ein Token, das nur für bestimmte Domains gilt, muss auch für <bdi>{ $host }</bdi> gelten.
try-token-own-hint = Es wird nur an diese Seite gesendet und vergessen, wenn Sie die Seite verlassen.
try-no-script = Um von hier aus Anfragen zu senden, erlauben Sie dieser Seite Skripte.
try-send = Senden<span class="unseen">: { $method } { $path }</span>
try-sending = Wird gesendet …
try-failed = Keine Antwort. Ist das Gateway von hier aus erreichbar, und erlaubt es Anfragen dieser Seite (CORS)?
try-dots = Ein Teil eines Pfads kann nicht aus einem oder zwei Punkten bestehen.
try-cut = Der Rest wird nicht angezeigt.

## The keys of an application

generate = Erzeugen
generate-title = Schlüssel für die Umgebung { $environment } erzeugen
generate-link = Erzeugen<span class="unseen">: Schlüssel und ein Token für die Umgebung { $environment }</span>
regenerate = Neu erzeugen
regenerate-title = Das Token der Umgebung { $environment } neu erzeugen
regenerate-link = Neu erzeugen<span class="unseen">: das Token der Umgebung { $environment }</span>
regenerate-warning = Wenn Sie „Neu erzeugen“ wählen, wird das jetzige Token der Umgebung { $environment } sofort abgelehnt. Was Sie hier wählen, gilt für alle Tokens, die von nun an entstehen.
for-application = für <bdi class="name">{ $application }</bdi>
scopes-by-spaces = Scopes, durch Leerzeichen getrennt
scopes-not-needed = Die APIs dieser Anwendung verlangen keine.
scope-of-no-api = keine API dieser Anwendung
allowed-domains = Erlaubte Domains
allowed-domains-hint = Eine in jeder Zeile, etwa <code>app.example.com</code> oder <code>*.example.com</code>. Auf Seiten jeder anderen Domain wird das Token abgelehnt. Wenn das Feld leer bleibt: jede Domain.
allowed-addresses = Erlaubte IP-Adressen
allowed-addresses-hint = Eine in jeder Zeile, etwa <code>192.0.2.0/24</code>. Wenn das Feld leer bleibt: jede Adresse.
valid-for = Gültig für
valid-for-hint = Etwa <code>1h</code> oder <code>30d</code>. Wenn das Feld leer bleibt: { $default }.
replace-secret = Auch das Consumer Secret ersetzen <span class="hint">Programme mit dem jetzigen erhalten keine Tokens mehr.</span>
made-title = Token der Umgebung { $environment } – { $application }
made-heading = Das Token von <bdi>{ $application }</bdi> für die Umgebung { $environment }
made-before = Sie haben dieses Formular schon einmal gesendet, und das ist damals entstanden. Wenn Sie das Token seitdem neu erzeugt oder widerrufen haben, wird es abgelehnt.
made-copy = Kopieren Sie jetzt, was Sie brauchen: Weder das Token noch ein Secret wird noch einmal gezeigt.
first-call = Der erste Aufruf
first-call-text = Setzen Sie das Token von oben in <code>TOKEN</code> ein und die Adresse Ihres Gateways in <code>GATEWAY</code>.

## What operations refuse, by code

wrong_address = Keine gültige IP-Adresse: { $item }
wrong_domain = Keine gültige Domain: { $item }
wrong_lifetime = Das ist keine gültige Dauer. Gültig sind etwa 1h oder 30d, höchstens so lang, wie es der Administrator erlaubt.
wrong_name = Dieser Name ist nicht möglich: 1 bis 100 sichtbare Zeichen.
wrong_scope = Ein Scope hat ein Zeichen, das nicht erlaubt ist.

account_taken = Mit diesem Konto ist schon ein anderes Mitglied verbunden.
already_subscribed = Die Anwendung hat diese API schon abonniert.
api_exists = Diese API gibt es schon.
api_in_use = Diese API ist noch abonniert.
api_overlaps = Der Pfad dieser API überschneidet sich mit dem einer anderen API.
api_renamed = Der Name oder die Version der API lässt sich nicht ändern.
application_blocked = Ein Administrator hat diese Anwendung gesperrt.
changed = Das wurde inzwischen geändert. Laden Sie die Seite neu.
edge_key_exists = Diesen Schlüssel einer Edge gibt es schon.
expires_in_the_past = Die Zeit liegt in der Vergangenheit.
forbidden = Ihre Rolle erlaubt das nicht.
forever_forbidden = Tokens ohne Ende sind nicht erlaubt.
grant_not_allowed = Das ist diesem Consumer Key nicht erlaubt.
idempotency_key_reused = Diese Nummer gehört schon zu einer anderen Anfrage.
invalid_api = Die Beschreibung der API ist nicht gültig.
keys_exist = Die Schlüssel dieser Umgebung gibt es schon. Öffnen Sie die Seite der Anwendung neu.
last_administrator = Ein Administrator muss bleiben.
last_secret = Das letzte Secret lässt sich nicht löschen.
member_exists = Dieses Mitglied gibt es schon.
no_keys = In dieser Umgebung gibt es noch keine Schlüssel.
no_openapi_document = Zu dieser API ist kein OpenAPI-Dokument hinterlegt.
no_such_api = Diese API gibt es nicht.
no_such_application = Diese Anwendung gibt es nicht, oder sie gehört einem anderen Mitglied.
no_such_edge_key = Diesen Schlüssel einer Edge gibt es nicht.
no_such_grant = Diesen Zugriff gibt es nicht.
no_such_member = Dieses Mitglied gibt es nicht.
no_such_personal_token = Dieses persönliche Zugriffstoken gibt es nicht.
no_such_registration_token = Dieses Registrierungstoken gibt es nicht.
no_such_secret = Dieses Secret gibt es nicht.
no_such_tier = Diese Stufe gibt es nicht.
no_such_token = Dieses Token gibt es nicht.
no_such_user = Diesen Benutzer gibt es nicht.
no_such_user_store = Dieses Benutzerverzeichnis gibt es nicht.
not_subscribed = Die Anwendung hat diese API nicht abonniert.
outlives_its_maker = Ein Token kann nicht länger gelten als das, mit dem es angelegt wird.
password_not_allowed = Dieses Passwort ist nicht erlaubt.
policy_out_of_range = Ein Wert der Regeln liegt außerhalb des erlaubten Bereichs.
precondition_required = Laden Sie die Seite neu und senden Sie das Formular noch einmal.
registrations_out_of_range = So viele Registrierungen sind nicht möglich.
scope_not_allowed = Mindestens ein Scope ist dieser Anwendung nicht erlaubt.
several_applications = Mehrere Anwendungen haben diesen Namen.
tier_exists = Diese Stufe gibt es schon.
tier_in_use = Diese Stufe ist noch in Gebrauch.
tier_not_offered = Die API wird in dieser Stufe nicht angeboten.
tier_offered = Diese Stufe wird von einer API noch angeboten.
token_too_large = Das Token würde zu groß. Wählen Sie weniger Scopes oder Domains.
too_many_secrets = Mehr Secrets sind nicht möglich. Löschen Sie zuerst eines.
user_exists = Diesen Benutzer gibt es schon.
users_kept_elsewhere = Dieses Benutzerverzeichnis wird nicht von dieser Seite verwaltet.
validity_too_long = So lange dürfen Tokens nicht gelten.
bundle_key_algorithm = Mit diesem Verfahren lassen sich Bundles nicht signieren.
bundle_key_signs = Dieser Schlüssel signiert die Bundles noch.
no_such_bundle_key = Diesen Schlüssel für Bundles gibt es nicht.
no_such_scope = Diesen Scope gibt es nicht.
no_such_signing_key = Diesen Signaturschlüssel gibt es nicht.
scope_forbidden = Dieser Scope ist hier nicht erlaubt.
scope_not_held = Die Rolle hat diesen Scope nicht.
signing_key_in_use = Mit diesem Schlüssel sind noch gültige Tokens signiert.
signing_key_retired = Dieser Schlüssel ist außer Dienst.
signing_key_shared_secret = Ein gemeinsames Geheimnis lässt sich so nicht verwenden.
signing_key_signs = Dieser Schlüssel signiert noch neue Tokens.
unknown_scope = Mindestens ein Scope ist keiner API bekannt.
