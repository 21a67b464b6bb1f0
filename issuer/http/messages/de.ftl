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

date = { $day }. { $month } { $year }
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
sign-in-again = Erneut anmelden
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
not-allowed-why = Diese Seite ist für Administratoren.
not-possible = Nicht möglich
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
applications-none = Noch keine. Eine Anwendung ist ein Programm, das APIs aufruft.
application-new = Neue Anwendung
application-name = Name
scopes-optional = Scopes (freiwillig)
first-token-get = Token erhalten
create-only = Ohne Token anlegen
offer-gone = Diese API wird in dieser Stufe nicht mehr angeboten, und es ist nichts entstanden. Wählen Sie neu.
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
production-text = Für den echten Betrieb.
sandbox = Sandbox
sandbox-text = Zum Ausprobieren. Die Produktion lehnt ihre Tokens ab.
owner = Eigentümer: { $owner }
owner-administrators = Eigentümer: die Administratoren
subscriptions = Abonnements
subscriptions-none = Noch keine. Ein Token gibt nur auf abonnierte APIs Zugriff.
subscription-blocked = von einem Administrator gesperrt
subscription-waiting = wartet auf die Freigabe durch einen Administrator
subscription-end = Abonnement beenden<span class="unseen">: { $api }</span>
at-tier = Stufe { $tier }
subscribe = Abonnieren
subscribed-generate = Die Anwendung hat { $api } abonniert. Wählen Sie als Nächstes „Erzeugen“.
subscribed-regenerate = Die Anwendung hat { $api } abonniert. Erzeugen Sie das Token als Nächstes neu: Bestehende Tokens geben darauf keinen Zugriff.
subscribed-waits = Das Abonnement von { $api } wartet auf die Freigabe durch einen Administrator. Laden Sie diese Seite nach der Freigabe neu und erzeugen Sie ein Token.
subscribe-in-catalogue = Eine API im Katalog wählen
subscribe-to = Eine API abonnieren
choose-api = Wählen Sie eine API.
no-subscription = Die Anwendung hat diese API nicht abonniert.
offer = { $api }, Stufe { $tier }
offer-limited = { $api }, Stufe { $tier }: { $requests } Anfragen in { $period }
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
stolen-text = „Neu erzeugen“ beendet das aktuelle Token einer Umgebung. Um jedes Token dieser Anwendung zu beenden:
revoke-all = Alle Tokens widerrufen
revoke-title = Alle Tokens von { $application } widerrufen
revoke-consequence = Jedes Token dieser Anwendung, in der Produktion und in der Sandbox, wird ab sofort abgelehnt: die hier kopierten, die von ihren Programmen geholten und die ihrer Benutzer. Programme mit Consumer Key und Consumer Secret können neue bekommen.
revoked = { $count ->
    [0] Es gab kein gültiges Token.
    [one] 1 Token ist widerrufen.
   *[other] { $count } Tokens sind widerrufen.
}

## The catalogue of APIs

api = API
apis = APIs
apis-none = Noch keine API. Ein Administrator kann eine importieren: postern api import DATEI
apis-not-found = Keine API hat <bdi>{ $query }</bdi> im Namen, im Titel oder in den Schlagwörtern.
search = Suchen
search-apis = Name, Titel oder Schlagwort
as-markdown = Als Markdown, für Assistenten
application = Anwendung
tier = Stufe
tiers-text = Eine Anwendung ruft die API mit einem Abonnement in einer Stufe auf.
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
token-none = Kein Token: Alle dürfen sie aufrufen.
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
first-call-token = Ersetzen Sie <code>{ $placeholder }</code> durch Ihr Token. Sie haben noch keines? Abonnieren Sie die API mit einer Anwendung und erzeugen Sie deren Schlüssel: Die Seite mit dem neuen Token hat einen Aufruf, der es enthält.
first-call-gateway = Ersetzen Sie <code>{ $placeholder }</code> durch die Adresse Ihres Gateways.
first-call-scopes = Für diesen Aufruf muss das Token enthalten: <bdi>{ $scopes }</bdi>. Wählen Sie diese Scopes, wenn Sie das Token erzeugen.
first-call-public = Dieser Aufruf gelingt auch ohne Token und prüft Ihr Token daher nicht. Die API hat keinen einfachen Aufruf, der eines verlangt.
first-call-public-made = Dieser Aufruf gelingt auch ohne Token und prüft Ihr Token daher nicht. Die Scopes dieses Tokens erlauben keinen einfachen Aufruf, der eines verlangt.
first-call-none = Dieses Token erlaubt keinen Aufruf, der sich hier einfach zeigen lässt: Die Operationen verlangen einen Scope, den es nicht enthält, das Token eines Benutzers oder eine andere Methode als GET. Wenn Sie einen Scope weggelassen haben, erzeugen Sie das Token mit ihm neu.
first-call-curl = curl
first-call-javascript = JavaScript
first-call-python = Python
first-call-go = Go
first-call-origin = In einem Browser hat <code>Origin</code> keine Wirkung: Der Browser sendet den Ursprung seiner Seite.
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
regenerate-warning = Wenn Sie „Neu erzeugen“ wählen, wird das aktuelle Token der Umgebung { $environment } sofort abgelehnt. Was Sie hier wählen, gilt für alle Tokens, die von nun an entstehen.
for-application = für <bdi class="name">{ $application }</bdi>
scopes-by-spaces = Scopes, durch Leerzeichen getrennt
scopes-hint = Wählen Sie nur, was Ihr Programm braucht.
scopes-hint-none = Wählen Sie nur, was Ihr Programm braucht. Der erste Aufruf braucht keinen.
scope-operations-more = <bdi>{ $operations }</bdi> und { $count } weitere
scopes-not-needed = Keine nötig.
scope-of-no-api = keine API dieser Anwendung
allowed-domains = Erlaubte Domains
allowed-domains-hint = Eine in jeder Zeile, etwa <code>app.example.com</code> oder <code>*.example.com</code>. Seiten anderer Domains werden abgelehnt. Leer: jede Domain.
allowed-addresses = Erlaubte IP-Adressen
allowed-addresses-hint = Eine in jeder Zeile, etwa <code>192.0.2.0/24</code>. Leer: jede Adresse.
more-restrictions = Weitere Einschränkungen
valid-for = Gültig für
valid-for-hint = Etwa <code>1h</code> oder <code>30d</code>. Leer: { $default }.
replace-secret = Auch das Consumer Secret ersetzen <span class="hint">Programme mit dem jetzigen erhalten keine Tokens mehr.</span>
made-title = Token der Umgebung { $environment } – { $application }
made-heading = Das Token von <bdi>{ $application }</bdi> für die Umgebung { $environment }
made-before = Sie haben dieses Formular schon einmal gesendet, und das ist damals entstanden. Wenn Sie das Token seitdem neu erzeugt oder widerrufen haben, wird es abgelehnt.
made-try = Führen Sie den Aufruf aus: Er enthält das Token.
made-store = Bewahren Sie das Token sicher auf: Es wird nicht noch einmal gezeigt.
made-store-secret = Bewahren Sie Token und Consumer Secret sicher auf: Sie werden nicht noch einmal gezeigt.
made-may = Was dieses Token darf
made-further = Weitere Tokens ohne das Portal
made-further-text = Programme erhalten sie mit Consumer Key und Consumer Secret.
warning-not-subscribed = Dieses Token gibt auf nichts Zugriff: Die Anwendung hat keine API abonniert. Abonnieren Sie eine, und erzeugen Sie das Token dann neu.
warning-subscriptions-wait = Dieses Token gibt auf nichts Zugriff: Kein Abonnement der Anwendung ist aktiv, weil ein Administrator noch keines freigegeben hat. Erzeugen Sie das Token neu, sobald eines freigegeben ist.
warning-subscriptions-blocked = Dieses Token gibt auf nichts Zugriff: Jedes Abonnement der Anwendung ist gesperrt. Fragen Sie einen Administrator, und erzeugen Sie das Token dann neu.
warning-scope-waits = Tokens enthalten den Scope { $scope } noch nicht, weil ein Administrator ihn nicht freigegeben hat. Erzeugen Sie das Token neu, sobald er freigegeben ist.
warning-scope-forbidden = Tokens enthalten den Scope { $scope } nicht: Er ist nur für Anwendungen, deren Eigentümer die Rolle { $roles } hat.
warning-scope-of-other-api = Der Scope { $scope } hat noch keine Wirkung: Er gehört zur API { $api }, die die Anwendung nicht abonniert hat.
warning-scope-unlisted = Der Scope { $scope } gehört zu keiner API. Er hat keine Wirkung, außer wenn ein Dienst hinter dem Gateway ihn prüft.
warning-scope-of-no-api = Der Scope { $scope } hat noch keine Wirkung: Er gehört zu keiner API.
warning-scope-unknown = Der Scope { $scope } hat noch keine Wirkung: Er gehört zu keiner API. Es gibt: { $known }.
one-or-other = { $one } oder { $other }
first-call = Der erste Aufruf
refused-heading = Wurde eine Anfrage abgelehnt?
refused-text = <a href="{ $to }">Die Seite, die eine Entscheidung erklärt</a> (englisch), zeigt jeden Schritt des Gateways und was sich ändern müsste. Das Token verlässt Ihren Browser nicht. Die Seite braucht das Bundle des Gateways: Ein Administrator erhält die Datei mit <code>postern admin bundle</code>.

## The settings of keys

key-settings-title = Einstellungen der Schlüssel: { $environment }
key-settings-link = Einstellungen<span class="unseen"> der Umgebung { $environment }</span>
key-settings-changed = Die Einstellungen wurden inzwischen geändert. Das Formular zeigt die jetzigen: Geben Sie Ihre Änderungen noch einmal ein.
grant-types = Grant Types
grant-types-hint = Wie Programme mit dem Consumer Key an Tokens kommen (OAuth 2.0).
grant-client-credentials = Die Anwendung für sich selbst, mit ihrem Consumer Secret.
grant-authorization-code = Ein Benutzer meldet sich im Browser an und kehrt zu einer Redirect URI zurück.
grant-refresh-token = Neue Tokens für einen Benutzer ohne weitere Anmeldung.
grant-device-code = Ein Benutzer gibt einen Code ein, den ein Gerät zeigt.
grant-password = Die Anwendung hat das Passwort eines Benutzers. Ein Administrator muss das für die Anwendung erlauben.
redirect-uris = Redirect URIs
redirect-uris-hint = Eine in jeder Zeile, etwa <code>https://app.example.com/callback</code>. Nach der Anmeldung kehren Benutzer zu einer davon zurück. Jede wird Zeichen für Zeichen verglichen.
client-public = Öffentlicher Client
client-public-hint = Ein Client, der kein Secret geheim halten kann, etwa eine App im Browser oder auf einem Telefon.
one-grant = Nur eine aktive Anmeldung pro Benutzer
one-grant-hint = Eine neue Anmeldung beendet den Zugriff, den der Benutzer vorher erlaubt hat.
lifetime-of-tokens-hint = Etwa <code>1h</code> oder <code>30d</code>; <code>never</code>: unbegrenzt. Bestehende Tokens ändern sich nicht.
lifetime-of-user-tokens = Tokens von Benutzern sind gültig für
lifetime-of-user-tokens-hint = Etwa <code>1h</code>; <code>never</code>: unbegrenzt. Wenn das Feld leer bleibt: wie bei der Anwendung.

## Lists

actions = Aktionen
choose-row = Wählen Sie einen Eintrag der Liste.
copy-now = Kopieren Sie das jetzt: Es wird nicht noch einmal gezeigt.
copied = Kopiert
copy = Kopieren
copy-call = Aufruf kopieren
copy-program = Aufruf in { $language } kopieren
copy-token = Token kopieren
copy-consumer-key = Consumer Key kopieren
copy-consumer-secret = Consumer Secret kopieren
copy-token-request = Aufruf für ein Token kopieren
selected = Markiert: mit der Tastatur kopieren
created-at = Angelegt
description = Beschreibung
to-application = Anwendung { $application }

## Live tokens, secrets, deleting an application

tokens-title = Gültige Tokens: { $environment }
tokens-intro = Die Anwendungstokens, die jetzt angenommen werden: zuerst die, die nie ablaufen, dann die, die zuletzt ablaufen. Benutzertokens stehen nicht hier: Benutzer sehen unter „Ihr Konto“, welche Anwendungen Zugriff haben.
tokens-link = Gültige Tokens<span class="unseen"> der Umgebung { $environment }</span>
tokens-none = Kein gültiges Token.
token-id = Token
token-obtained = Entstanden
token-since = Seit
token-until = Bis
obtained-by = { $how } von { $actor }
obtained-by-program = durch ein Programm
obtained-generated = erzeugt
obtained-regenerated = neu erzeugt
token-revoke = Widerrufen
token-revoke-title = Token { $token } widerrufen
token-revoke-consequence = Dieses Token wird ab sofort überall abgelehnt. Programme mit Consumer Key und Consumer Secret können ein neues bekommen.
secrets-title = Consumer Secrets: { $environment }
secrets-intro = Mit dem Consumer Secret weisen sich Programme als die Anwendung aus. Zwei können zugleich gültig sein: Legen Sie das zweite an, stellen Sie Ihre Programme um, löschen Sie das erste.
secrets-link = Secrets<span class="unseen"> der Umgebung { $environment }</span>
secrets-none = Kein Consumer Secret.
secret-id = Secret
secret-until = Bis
secret-new = Neues Consumer Secret
secret-create = Secret anlegen
secret-description-hint = Für Sie: wozu das Secret dient, etwa der Name eines Servers.
secret-until-hint = Etwa <code>90d</code>. Wenn das Feld leer bleibt: unbegrenzt.
secret-delete = Löschen
secret-delete-title = Consumer Secret { $secret } löschen
secret-delete-consequence = Programme mit diesem Secret bekommen keine Tokens mehr. Tokens, die sie schon haben, bleiben gültig.
secret-deleted = Das Consumer Secret ist gelöscht.
delete-heading = Diese Anwendung löschen
delete-text = Beendet ihre Abonnements, ihre Schlüssel und jedes Token.
delete-application = Anwendung löschen
delete-title = { $application } löschen
delete-consequence = Jedes Token dieser Anwendung wird ab sofort abgelehnt, ihre Schlüssel und Abonnements werden gelöscht, und ihre Benutzer verlieren den erlaubten Zugriff. Das lässt sich nicht rückgängig machen.

## Personal access tokens

personal-tokens = Persönliche Zugriffstokens
personal-tokens-intro = Mit einem persönlichen Zugriffstoken handeln die Kommandozeile, die Management API oder ein Assistent in Ihrem Namen und mit Ihrer Rolle.
personal-tokens-none = Noch kein persönliches Zugriffstoken.
personal-token = Persönliches Zugriffstoken
personal-token-id = Kennung
personal-token-new = Neues persönliches Zugriffstoken
personal-token-description-hint = Wofür Sie es verwenden, etwa <code>Notebook</code>.
personal-token-until-hint = Etwa <code>30d</code>. Wenn das Feld leer bleibt: 90 Tage.
personal-token-delete = Löschen
personal-token-delete-title = Persönliches Zugriffstoken { $token } löschen
personal-token-delete-consequence = Programme mit diesem Token können nicht mehr in Ihrem Namen handeln.
personal-token-deleted = Das persönliche Zugriffstoken ist gelöscht.

## Administration

administration = Verwaltung
application-block = Gesperrt: Die Anwendung erhält keine Tokens, und die vorhandenen sind widerrufen.
application-change = Anwendung ändern
owner-hint = Das Mitglied, dem die Anwendung gehört. Wenn das Feld leer bleibt: den Administratoren.
by-command = nur manuell
change = Ändern
environment = Umgebung
every-application = jede Anwendung
every-user = jeder Benutzer
export = Als Datei speichern (CSV)
named = { $name }
no = nein
no-maximum = unbegrenzt
owner-name = Eigentümer
remove = Entfernen
save = Speichern
scope = Scope
show = Anzeigen
yes = ja
owner-give = Einem Team geben
owner-give-hint = Jedes Mitglied des Teams kann dann mit der Anwendung alles tun, was Sie tun können.
owner-team = Eigentümer: das Team { $team }
owner-team-hint = Das Team, dem die Anwendung statt einem Mitglied gehört.
owner-twice = Eine Anwendung hat einen Eigentümer: Geben Sie ein Mitglied oder ein Team an.
owner-unchanged = Eigentümer nicht ändern
team = Team
team-created = Das Team { $team } ist angelegt. Fügen Sie seine Mitglieder hinzu.
team-delete = Team löschen
team-delete-consequence = Seine Mitglieder verlieren die Anwendungen des Teams. Die Anwendungen bleiben, mit ihren Schlüsseln und Tokens; ein Administrator kann sie einem anderen Eigentümer geben.
team-delete-title = Team { $team } löschen
team-deleted = Das Team { $team } ist gelöscht.
team-empty = Noch keine Mitglieder.
team-member-added = { $member } ist jetzt im Team.
team-member-new = Mitglied hinzufügen
team-member-remove-consequence = Das Mitglied kann die Anwendungen des Teams nicht mehr sehen oder ändern. Es kann ihre Secrets und Tokens kopiert haben: Ersetzen Sie diese.
team-member-remove-title = { $member } aus dem Team { $team } entfernen
team-member-removed = { $member } ist nicht mehr im Team.
team-name-hint = Kleinbuchstaben, Ziffern und <code>._-</code>, etwa <code>payments</code>.
team-named = Team { $team }
team-new = Neues Team
teams = Teams
teams-intro = Den Mitgliedern eines Teams gehören dessen Anwendungen gemeinsam: Jedes kann mit ihnen tun, was ein Eigentümer kann.
teams-intro-own = Den Mitgliedern eines Teams gehören dessen Anwendungen gemeinsam. Um einem Team eine Anwendung zu geben, ändern Sie die Anwendung. Administratoren legen Teams an und fügen Mitglieder hinzu.
teams-none = Keine Teams.
approvals = Freigaben
approvals-intro = Abonnements, Scopes und Benutzer, die auf einen Administrator warten.
approvals-none = Nichts wartet auf eine Freigabe.
approve = Freigeben
approved = Freigegeben.
refuse = Ablehnen
refused = Abgelehnt.
waiting-detail = Einzelheiten
waiting-for = Wartet auf
waiting-membership = Zugang zum Portal als Entwickler
waiting-who = Anwendung oder Benutzer
waiting-scope = Scope { $scope }
members = Mitglieder
members-intro = Mitglieder melden sich an diesem Portal an und verwenden die Management API. Benutzer von Anwendungen sind keine Mitglieder.
member-account = Konto
member-account-hint = Das Konto eines Benutzerverzeichnisses, mit dem sich das Mitglied anmeldet, etwa <code>alice@local</code>. Wenn das Feld leer bleibt: keines.
member-add = Hinzufügen
member-added = { $member } ist jetzt Mitglied.
member-change-title = { $member } ändern
member-changed = { $member } ist geändert.
member-name = Name
member-name-hint = Kleinbuchstaben, Ziffern und <code>._-</code>, etwa <code>alice</code>.
member-new = Neues Mitglied
member-remove = Entfernen
member-remove-consequence = Das Mitglied kann sich nicht mehr an diesem Portal anmelden, und seine persönlichen Zugriffstokens werden gelöscht. Seine Anwendungen bleiben; ein Administrator kann sie einem anderen Eigentümer geben.
member-remove-title = { $member } entfernen
member-removed = { $member } ist kein Mitglied mehr.
member-role = Rolle
choose-role = Wählen Sie eine Rolle.
users = Benutzer
users-intro = Benutzer melden sich bei Anwendungen an. Ein gesperrter Benutzer ist abgemeldet, und jedes seiner Tokens wird abgelehnt. Ist der Benutzer ein Mitglied, werden dessen persönliche Zugriffstokens gelöscht.
users-none = Kein Benutzer.
user-active = aktiv
user-after = Nach
user-after-hint = Zeigt die Benutzer, deren Namen auf diesen folgen.
user-lock = Sperren
user-locked = gesperrt
user-roles = Rollen
user-state = Zustand
user-store = Benutzerverzeichnis
user-unlock = Entsperren
user-was-locked = { $user } ist gesperrt.
user-was-unlocked = { $user } darf sich wieder anmelden.
tiers = Stufen
tiers-intro = Eine Anwendung abonniert eine API in einer Stufe. Die Grenze hier dient den Entwicklern als Information: Die Edges setzen die Grenzen ihrer eigenen Konfiguration durch.
tiers-none = Noch keine Stufe. Eine API wird in Stufen angeboten, legen Sie deshalb die erste an.
tier-added = Die Stufe { $tier } ist angelegt.
tier-approval = Braucht Freigabe
tier-limit = Grenze
tier-limited = { $requests } Anfragen in { $period }
tier-name = Name
tier-name-hint = Kleinbuchstaben, Ziffern, <code>_</code> und <code>-</code>, etwa <code>gold</code>.
tier-needs-approval = Ein Administrator muss jedes Abonnement freigeben.
tier-new = Neue Stufe
tier-period = Zeitraum
tier-period-hint = Etwa <code>1m</code> oder <code>1h</code>.
tier-remove-consequence = Die Stufe wird gelöscht. Das wird abgelehnt, solange eine API sie anbietet oder eine Anwendung sie verwendet.
tier-remove-title = Die Stufe { $tier } entfernen
tier-removed = Die Stufe { $tier } ist entfernt.
tier-requests = Anfragen
tier-requests-hint = Wie viele Anfragen in jedem Zeitraum erlaubt sind. Wenn beide Felder leer bleiben: keine Grenze.
tier-unlimited = unbegrenzt
tier-wrong-limit = Geben Sie beides an, die Zahl der Anfragen, mindestens 1, und den Zeitraum, etwa 1m; oder keines von beiden.
scope-rules = Scopes
scope-rules-intro = Ein Scope ohne Regel ist für jeden Benutzer und jede Anwendung frei. Eine Regel hier beschränkt ihn.
scope-rules-none = Noch keine Regel.
scope-approval = Braucht Freigabe
scope-bound = Die Regel für { $scope } ist gespeichert.
scope-member-roles = Anwendungen von
scope-member-roles-hint = Rollen des Eigentümers, durch Leerzeichen getrennt: <code>administrator developer auditor</code>. Wenn das Feld leer bleibt: jede Anwendung.
scope-needs-approval = Ein Administrator muss den Scope für jede Anwendung freigeben.
scope-new = Neue Regel
scope-remove-consequence = Jeder Benutzer und jede Anwendung darf diesen Scope von nun an haben.
scope-remove-title = Die Regel für { $scope } entfernen
scope-removed = Die Regel für { $scope } ist entfernt.
scope-user-roles = Benutzer mit
scope-user-roles-hint = Rollen von Benutzern, durch Leerzeichen getrennt. Wenn das Feld leer bleibt: jeder Benutzer.
scope-wrong-member-role = Die Rollen von Eigentümern sind administrator, developer und auditor.
signing-keys = Signaturschlüssel
signing-keys-intro = Ein neuer Schlüssel wird zuerst veröffentlicht, damit jede Edge ihn kennt, und signiert danach. Der Schlüssel davor bleibt veröffentlicht, bis sein letztes Token abgelaufen ist.
signing-algorithm = Verfahren
signing-created = Der Schlüssel { $key } ist veröffentlicht. Er signiert, sobald die Edges Zeit hatten, ihn zu holen.
signing-created-by-hand = Der Schlüssel { $key } ist veröffentlicht. Sobald die Edges ihn abrufen konnten, wählen Sie „Mit diesem Schlüssel signieren“.
signing-sign = Mit diesem Schlüssel signieren
signing-sign-consequence = Neue Tokens der Umgebung werden ab jetzt mit diesem Schlüssel signiert. Eine Edge, die den Schlüssel noch nicht abgerufen hat, lehnt sie ab. Der bisherige Schlüssel bleibt veröffentlicht, bis Sie ihn außer Dienst stellen.
signing-sign-title = Mit dem Schlüssel { $key } signieren
signing-signs-now = Der Schlüssel { $key } signiert jetzt.
signing-for = Umgebung
signing-is-retired = außer Dienst
signing-key = Schlüssel
signing-live = Gültige Tokens
signing-live-count = { $count }
signing-live-until = { $count }, bis { $time }
signing-new = Neuer Signaturschlüssel
signing-new-hint = ES256 und EdDSA prüfen die Edges am schnellsten; RS256 ist für Clients, die nichts anderes können.
signing-published = veröffentlicht
signing-retire = Außer Dienst stellen
signing-retire-consequence = Der Schlüssel wird nicht mehr veröffentlicht, und jede Edge lehnt die damit signierten Tokens ab. Das wird abgelehnt, solange gültige Tokens davon abhängen.
signing-retire-title = Den Schlüssel { $key } außer Dienst stellen
signing-retired = Der Schlüssel ist außer Dienst.
signing-rotate = Neuen Schlüssel veröffentlichen
signing-signs = signiert
signing-state = Zustand
schedule = Zeitplan
schedule-accepted = von den Edges noch akzeptiert, bis das letzte damit signierte Token abläuft
schedule-key-accepted = signierte bis { $time }; sein letztes Token läuft am { $until } ab
schedule-key-accepted-forever = signierte bis { $time }; eines seiner Tokens läuft nie ab
schedule-key-published = veröffentlicht seit { $time }
schedule-key-retired = signierte bis { $time }, außer Dienst
schedule-key-signs = signiert seit { $time }
schedule-key-stopped = signierte bis { $time }; keines seiner Tokens ist gültig
schedule-next = nächster Wechsel
schedule-no-rotation = Wechsel nur manuell
schedule-now = jetzt
schedule-published = veröffentlicht
schedule-rotation = der nächste Schlüssel signiert ab { $time }
schedule-signing = signiert neue Tokens
edges = Edges
edges-intro = Eine Edge holt ihr Bundle mit einem Edge-Schlüssel. Edges mit demselben Schlüssel werden nach ihrer Adresse unterschieden; gezeigt wird das älteste Bundle derer, die in den letzten zwei Minuten gefragt haben.
edges-none = Noch kein Edge-Schlüssel.
edge-behind = { $count ->
    [one] 1 Revision zurück
   *[other] { $count } Revisionen zurück
}
edge-behind-unknown = hat nicht das aktuelle Bundle
edge-connected = Verbunden
edge-current = aktuell
edge-heard = Zuletzt gefragt
edge-key = Edge-Schlüssel
edge-name = Name
edge-name-hint = Für welche Edge er ist, etwa <code>frankfurt-1</code>.
edge-never = nie
edge-new = Neuer Edge-Schlüssel
edge-remove-consequence = Edges mit diesem Schlüssel bekommen kein Bundle mehr. Sie lehnen jede Anfrage ab, sobald ihr Bundle veraltet ist.
edge-remove-title = Den Edge-Schlüssel { $edge } entfernen
edge-removed = Der Edge-Schlüssel { $edge } ist entfernt.
edge-sent = gesendet, noch nicht bestätigt
edge-since = { $state }, seit { $time }
edge-state = Bundle
edge-unseen = noch nicht geholt
usage = Nutzung
usage-day = Tag
usage-intro = Die Nutzung der Anwendung pro Tag (UTC). Von Edges abgelehnte Anfragen sind nicht enthalten. Die Werte bleiben 400 Tage gespeichert.
usage-intro-all = Die Nutzung aller Anwendungen pro Tag (UTC). Von Edges abgelehnte Anfragen sind nicht enthalten. Die Werte bleiben 400 Tage gespeichert.
usage-latest = Letzte Zählung: { $last }. Höchster Tageswert: { $most }.
usage-live = Gültige Tokens
usage-minted = Ausgestellte Tokens
usage-most = { $number }, am { $date }
usage-not-counted = Noch nicht gezählt.
usage-nothing = Keine in diesem Zeitraum.
usage-of = Nutzung von { $application }
usage-period = Zeitraum
usage-refused = Vom Issuer abgelehnte Anfragen
usage-table = Als Tabelle
usage-total = { $total } in diesem Zeitraum; die meisten an einem Tag: { $most }.
audit = Audit-Protokoll
audit-intro = Jede Änderung: von wem und woher.
audit-none = Kein Eintrag.
audit-action = Aktion
audit-action-hint = Etwa <code>token.revoke</code>.
audit-actor = Wer
audit-details = Einzelheiten
audit-since = Seit
audit-since-hint = Ein Datum wie <code>2026-03-01</code> oder ein Alter wie <code>7d</code>.
audit-source = Adresse
audit-subject = Gegenstand
audit-time = Zeit
audit-until = Bis
audit-wrong-application = Die Kennung einer Anwendung beginnt mit app_.
audit-wrong-source = Die Adresse muss eine IP-Adresse sein.
settings = Einstellungen
settings-intro = Regeln für jedes Token, jeden Zugriff, jede Sitzung und jeden Signaturschlüssel.
setting = Einstellung
setting-meaning = Bedeutung
setting-value = Wert
setting-developer-registration = Ob Benutzer Entwickler werden dürfen: gar nicht (off), mit Freigabe (approval) oder jeder (open).
setting-issuer = Die Kennung dieses Ausstellers, in jedem Token. Der Befehl postern init legt sie fest.
setting-audience = Für wen jedes Token gilt (Audience). Der Befehl postern init legt sie fest.
setting-default-application = Wie lange Anwendungstokens einer neuen Anwendung gelten.
setting-default-user = Wie lange Benutzertokens einer neuen Anwendung gelten.
setting-max-application = Die längste Gültigkeit eines Anwendungstokens.
setting-max-user = Die längste Gültigkeit eines Benutzertokens.
setting-forever = Ob Tokens ohne Ablauf erlaubt sind.
setting-renew = Ein Client bekommt sein gültiges Token wieder, bis nur noch dieser Prozentsatz seiner Gültigkeit übrig ist.
setting-key-rotation = Nach dieser Zeit löst ein neuer Signaturschlüssel den alten ab.
setting-key-publish-ahead = Wie lange ein neuer Signaturschlüssel veröffentlicht ist, bevor er signiert.
setting-refresh-idle = Ein Refresh Token, das so lange nicht verwendet wird, läuft ab.
setting-refresh-lifetime = Wie lange eine Anwendung höchstens Zugriff hat, ohne den Benutzer neu zu fragen.
setting-range-ahead = Höchstens 10 Jahre.
setting-range-default = Höchstens die Grenze für diese Art von Token. Unbegrenzt nur, wenn Tokens ohne Ablauf erlaubt sind.
setting-range-forever = Um Tokens ohne Ablauf zu erlauben, setzen Sie zuerst mindestens eine der beiden Grenzen auf never.
setting-range-grace = Höchstens 10 Minuten.
setting-range-lifetime = Von 1 Minute bis 10 Jahre.
setting-range-maximum = Von 1 Sekunde bis 100 Jahre, oder never.
setting-range-percent = Eine Zahl von 0 bis 100.
setting-range-rotation = Mindestens 1 Stunde, und länger, als ein Schlüssel vor dem Signieren veröffentlicht ist.
setting-refresh-grace = Wie lange ein Refresh Token noch einmal verwendet werden darf, wenn die Antwort verloren ging.
setting-session-idle = Ein Benutzer, der so lange nichts tut, wird abgemeldet.
setting-session-lifetime = Wie lange ein Benutzer höchstens angemeldet bleibt.
settings-configuration = Effektive Konfiguration
settings-people = Personen
settings-saved = Die Einstellungen sind gespeichert.
settings-sessions = Sitzungen und Zugriff von Anwendungen
settings-stale = Die Einstellungen wurden geändert, seit Sie die Seite geöffnet haben; deshalb ist nichts gespeichert. Dies sind die aktuellen.
settings-tokens = Tokens
settings-weaken-consequence = Diese Einstellungen schwächen die Sicherheit: { $settings }. Speichern Sie sie nur, wenn es nötig ist.
settings-weaken-title = Einstellungen speichern, die die Sicherheit schwächen?
settings-wrong = Nicht gespeichert. Bitte korrigieren Sie die markierten Felder.
security = Sicherheit
configured = In der Konfigurationsdatei, mit einer Umgebungsvariablen oder mit einer Option festgelegt; wird beim Start des Servers gelesen.
setting-caution-developers = Fremde mit einem Konto können dann Anwendungen anlegen und die APIs sehen.
setting-caution-factor = Ohne zweiten Faktor genügt ein gestohlenes Passwort für die Anmeldung.
setting-caution-forever = Ein Token ohne Ablauf gilt, bis es widerrufen wird, auch wenn es gestohlen ist.
setting-caution-grace = Während dieser Zeit kann auch ein Dieb ein bereits verwendetes Refresh Token benutzen.
setting-caution-longer = Je länger diese Zeit ist, desto länger lässt sich ein gestohlenes Token verwenden.
setting-caution-rotation = Ein Signaturschlüssel, der nie ersetzt wird, kann über Jahre herausgefunden oder kopiert werden.
setting-caution-session = Einen offen gelassenen Browser können andere dann länger benutzen.
setting-developers = Ob Benutzer von sich aus Entwickler werden dürfen.
setting-developers-approval = auf Antrag, den ein Administrator genehmigt
setting-developers-off = nein
setting-developers-open = sofort
setting-factor = Ob sich Benutzer lokaler Verzeichnisse mit einem zweiten Faktor anmelden.
setting-factor-off = niemand wird danach gefragt
setting-factor-optional = jeder Benutzer entscheidet selbst
setting-factor-required = jeder Benutzer braucht einen
setting-hint-choice = { $meaning } Standard: { $default }.
setting-hint-maximum = { $meaning } Eine Zahl mit Einheit, etwa <code>8h</code> oder <code>30d</code>, oder <code>never</code> für keine Grenze. Standard: { $default }.
setting-hint-percent = { $meaning } In Prozent, 0 bis 100. Standard: { $default }.
setting-hint-time = { $meaning } Eine Zahl mit Einheit, etwa <code>60s</code>, <code>30m</code>, <code>12h</code> oder <code>14d</code>. Standard: { $default }.
setting-hint-time-or-never = { $meaning } Eine Zahl mit Einheit, etwa <code>1h</code> oder <code>90d</code>, oder <code>never</code> (nie). Standard: { $default }.
setting-name-application = Gültigkeit von Anwendungstokens
setting-name-developers = Benutzer werden Entwickler
setting-name-forever = Tokens ohne Ablauf
setting-name-key-publish-ahead = Veröffentlicht vor dem Signieren
setting-name-key-rotation = Wechsel der Signaturschlüssel
setting-name-max-application = Grenze für Anwendungstokens
setting-name-max-user = Grenze für Benutzertokens
setting-name-refresh-grace = Wiederholte Verwendung eines Refresh Tokens
setting-name-refresh-idle = Ablauf unbenutzter Refresh Tokens
setting-name-refresh-lifetime = Höchstdauer des Zugriffs einer Anwendung
setting-name-renew = Neues Token ab
setting-name-second-factor = Zweiter Faktor
setting-name-session-idle = Sitzungsende bei Inaktivität
setting-name-session-lifetime = Höchstdauer einer Sitzung
setting-name-user = Gültigkeit von Benutzertokens
setting-wrong-percent = Geben Sie eine ganze Zahl von 0 bis 100 ein.
setting_wrong_time = Das ist keine gültige Zeit. Gültig sind etwa 60s, 30m, 12h oder 14d.

## Identity providers, and users who become members

sign-in-with = Anmelden mit <bdi>{ $provider }</bdi>
account-locked = Ihr Konto ist gesperrt
account-locked-why = Ihr Konto ist hier gesperrt. Ein Administrator kann es entsperren.
provider-denied = Sie sind nicht angemeldet
provider-denied-why = Die Seite, auf der Sie sich anmelden, hat abgelehnt: Sie haben abgebrochen, oder Ihr Konto darf hier nicht verwendet werden. Bitte versuchen Sie es noch einmal, oder fragen Sie die Verwalter Ihres Kontos.
provider-member = Ihre Mitgliedschaft braucht einen Administrator
provider-member-why = Ihre Gruppen machen Sie zu einem Mitglied dieser Seite, aber das ist nicht möglich. Der Grund ist: { $cause }
provider-nameless = Kein Benutzername
provider-nameless-why = Ihr Konto hat keinen Benutzernamen, der hier verwendet werden kann. Die Betreiber dieser Seite finden die Ursache in ihrem Protokoll.
provider-stale = Diese Anmeldung ist zu alt
provider-stale-why = Sie haben die Anmeldung vor mehr als zehn Minuten oder in einem anderen Browser begonnen oder schon abgeschlossen. Bitte beginnen Sie noch einmal. Cookies müssen für diese Seite erlaubt sein.
provider-taken = Dieser Benutzername ist vergeben
provider-taken-why = Ihr Benutzername ist { $user }, aber eine andere Person hat sich schon mit diesem Namen angemeldet. Ein Administrator kann diesen Benutzer entfernen.
provider-unavailable-why = Die Seite, auf der Sie sich anmelden, antwortet gerade nicht. Bitte versuchen Sie es in ein paar Minuten noch einmal.
provider-unknown = Diese Art der Anmeldung gibt es nicht. Gehen Sie zu Ihrem Konto, um die vorhandenen zu sehen.
provider-unverified = Ihre E-Mail-Adresse ist nicht bestätigt
provider-unverified-why = Ihre E-Mail-Adresse ist nicht bestätigt. Bitte bestätigen Sie sie auf der Seite, auf der Sie sich anmelden, und versuchen Sie es noch einmal.
provider-wrong-why = Die Seite, auf der Sie sich anmelden, hat eine Antwort gesendet, die nicht angenommen werden kann. Die Betreiber dieser Seite finden die Ursache in ihrem Protokoll.
request-too-long = Die Anfrage ist zu lang
request-too-long-why = Die Anwendung sendet zu viel mit ihrer Anfrage, deshalb können Sie nach der Anmeldung dort nicht weitermachen.
member-ask = Um Zugang bitten
member-ask-text = Sie haben noch keinen Zugang zum Portal. Sie können darum bitten; ein Administrator entscheidet dann.
member-join = Entwickler werden
member-join-text = Sie haben noch keinen Zugang zum Portal. Sie können jetzt Entwickler werden.
member-waiting = Sie haben um Zugang gebeten. Ein Administrator muss ihn freigeben. Kommen Sie später wieder, und laden Sie diese Seite neu.

## What operations refuse, by code

wrong_address = Keine gültige IP-Adresse: { $item }
wrong_domain = Keine gültige Domain: { $item }. Erlaubt sind etwa app.example.com, *.example.com oder https://app.example.com, ohne Pfad.
wrong_redirect_uri = Keine gültige Redirect URI: { $item }
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
forever_forbidden = Tokens ohne Ablauf sind nicht erlaubt.
grant_not_allowed = Das ist diesem Consumer Key nicht erlaubt.
idempotency_key_reused = Dieser Idempotenzschlüssel (Idempotency-Key) gehört schon zu einer anderen Anfrage.
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
no_such_session = Diese Sitzung gibt es nicht mehr.
no_such_access = Die Anwendung hat keinen Zugriff auf das Konto.
no_second_factor = Dieser Benutzer hat keinen zweiten Faktor.
no_such_grant = Diesen Zugriff gibt es nicht.
no_such_member = Dieses Mitglied gibt es nicht.
no_such_personal_token = Dieses persönliche Zugriffstoken gibt es nicht.
no_such_registration_token = Dieses Registrierungstoken gibt es nicht.
no_such_secret = Dieses Secret gibt es nicht.
no_such_team = Dieses Team gibt es nicht, oder Sie sind nicht darin.
no_such_tier = Diese Stufe gibt es nicht.
no_such_token = Dieses Token gibt es nicht.
no_such_user = Diesen Benutzer gibt es nicht.
no_such_user_store = Dieses Benutzerverzeichnis gibt es nicht.
not_in_team = Dieses Mitglied ist nicht in dem Team.
not_subscribed = Die Anwendung hat diese API nicht abonniert.
outlives_its_maker = Ein Token kann nicht länger gelten als das, mit dem es angelegt wird.
password_not_allowed = Dieses Passwort ist nicht erlaubt.
policy_out_of_range = Der Wert einer Einstellung ist nicht erlaubt.
precondition_required = Laden Sie die Seite neu und senden Sie das Formular noch einmal.
registrations_out_of_range = So viele Registrierungen sind nicht möglich.
scope_not_allowed = Mindestens ein Scope ist dieser Anwendung nicht erlaubt.
several_applications = Mehrere Anwendungen haben diesen Namen.
team_exists = Dieses Team gibt es schon.
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
no_such_scope = Für diesen Scope gibt es keine Regel.
no_such_signing_key = Diesen Signaturschlüssel gibt es nicht.
scope_forbidden = Dieser Scope ist für Anwendungen dieses Eigentümers nicht erlaubt.
scope_not_held = Für diese Schlüssel ist dieser Scope nicht eingetragen. Tragen Sie ihn dort zuerst ein.
signing_key_in_use = Mit diesem Schlüssel sind noch gültige Tokens signiert.
signing_key_retired = Dieser Schlüssel ist außer Dienst.
signing_key_shared_secret = Ein HS256-Schlüssel kann nur für eine Umgebung signieren. Erzeugen Sie für die andere Umgebung einen eigenen.
signing_key_signs = Dieser Schlüssel signiert noch neue Tokens.
unknown_scope = Mindestens ein Scope ist unbekannt: Keine abonnierte API nennt ihn.
wrong_description = Diese Beschreibung ist nicht möglich: 1 bis 100 sichtbare Zeichen.
wrong_account = Das ist kein Konto. Ein Konto hat die Form name@verzeichnis.
wrong_edge = Dieser Name ist nicht möglich: Kleinbuchstaben, Ziffern, . _ und -.
wrong_member = Dieser Name ist nicht möglich: Kleinbuchstaben, Ziffern, . _ und -.
wrong_user = Dieser Benutzername ist nicht möglich: Buchstaben, Ziffern, . _ + - und @.
wrong_role = Eine Rolle hat 1 bis 64 Buchstaben, Ziffern, . _ oder -.
wrong_tier = Eine Stufe hat 1 bis 64 Kleinbuchstaben, Ziffern, _ oder -.
wrong_time = Das ist keine Zeit. Gültig sind ein Datum wie 2026-03-01 oder ein Alter wie 7d.
member_name_taken = Ein anderes Mitglied hat schon diesen Namen.
member_name_unusable = Ihr Benutzername ist als Name eines Mitglieds nicht möglich.
no_such_member_request = Diese Bitte um Zugang gibt es nicht.
registration_off = Benutzer können hier nicht selbst Entwickler werden. Bitten Sie einen Administrator.
too_many_member_requests = Zu viele Benutzer warten schon auf eine Freigabe. Bitten Sie einen Administrator.

sign-in-expired = Noch einmal anmelden
sign-in-expired-text = Diese Anmeldung ist abgelaufen oder wurde anderswo abgeschlossen. Bitte melden Sie sich noch einmal an.
password-given = Dieses Passwort haben Sie von einem Administrator. Wählen Sie eines, das nur Sie kennen.
password-same = Das ist Ihr jetziges Passwort. Wählen Sie ein anderes.
second-factor = Zweiter Faktor
second-factor-add = Zweiten Faktor einrichten
second-factor-remove = Zweiten Faktor entfernen
second-factor-removed = Ihr zweiter Faktor ist entfernt. Ab jetzt melden Sie sich allein mit dem Passwort an.
second-factor-is-on = Beim Anmelden geben Sie Ihr Passwort ein und danach einen Code aus Ihrer Authentifizierungs-App.
second-factor-is-off = Sie melden sich allein mit dem Passwort an. Mit einem zweiten Faktor geben Sie zusätzlich einen Code aus einer Authentifizierungs-App auf Ihrem Telefon ein; ein gestohlenes Passwort reicht dann nicht.
second-factor-off = Zweite Faktoren sind für alle Konten ausgeschaltet. Nach Codes wird nicht gefragt.
second-factor-must = Jedes Konto braucht einen zweiten Faktor, darum können Sie Ihren nicht entfernen. Ein Administrator kann ihn zurücksetzen.
second-factor-expired = Die Eingabe des Codes hat zu lange gedauert. Bitte beginnen Sie noch einmal.
second-factor-exists = Ihr Konto hat schon einen zweiten Faktor.
second-factor-gone = Ihr Konto hat keinen zweiten Faktor.
second-factor-needed = Jedes Konto braucht einen zweiten Faktor: einen Code aus einer Authentifizierungs-App, den Sie nach dem Passwort eingeben. Richten Sie ihn jetzt ein, um die Anmeldung abzuschließen.
second-factor-password = Geben Sie zu Beginn Ihr Passwort noch einmal ein.
second-factor-scan = Installieren Sie eine Authentifizierungs-App auf Ihrem Telefon und scannen Sie damit dieses Bild.
second-factor-picture = QR-Code für Ihre Authentifizierungs-App. Das Geheimnis darunter hat denselben Inhalt.
second-factor-open = Authentifizierungs-App auf diesem Gerät öffnen
second-factor-type = Oder geben Sie dieses Geheimnis in der App ein:
second-factor-turn-on = Einschalten
second-factor-on = Ihr zweiter Faktor ist eingeschaltet. Auf allen anderen Geräten sind Sie abgemeldet.
code = Code
code-enter = Code eingeben
code-hint = Die 6 Ziffern, die Ihre Authentifizierungs-App jetzt zeigt
code-or-recovery-hint = Die 6 Ziffern, die Ihre Authentifizierungs-App jetzt zeigt, oder ein Wiederherstellungscode
code-wrong = Falscher Code
code-wrong-text = Der Code ist falsch, abgelaufen oder schon benutzt. Bitte geben Sie den Code ein, den Ihre App jetzt zeigt. Wird nie ein Code angenommen, prüfen Sie die Uhrzeit Ihres Telefons.
code-limited-text = Es wurden zu viele falsche Codes nacheinander eingegeben. Bitten Sie den Administrator, Ihr Konto zu entsperren.
code-lost = Sie können die App nicht benutzen?
recovery-code = Wiederherstellungscode
recovery-code-hint = Einer der Codes, die Sie beim Einrichten des zweiten Faktors bekommen haben. Wenn Sie keinen haben, bitten Sie den Administrator, Ihren zweiten Faktor zurückzusetzen.
recovery-code-use = Wiederherstellungscode verwenden
recovery-codes = Ihre Wiederherstellungscodes
recovery-codes-text = Mit jedem Code melden Sie sich einmal an, wenn Sie Ihre Authentifizierungs-App nicht benutzen können. Bewahren Sie die Codes auf, wo niemand sonst sie findet, etwa in einem Passwortmanager. Sie werden nicht noch einmal gezeigt.
recovery-codes-replaced = Frühere Wiederherstellungscodes gelten nicht mehr.
recovery-codes-kept = Ich habe die Codes aufbewahrt
recovery-codes-renew = Neue Wiederherstellungscodes
recovery-codes-left = { $count ->
    [0] Sie haben keine Wiederherstellungscodes mehr.
    [one] Sie haben noch einen Wiederherstellungscode.
   *[other] Sie haben noch { $count } Wiederherstellungscodes.
}
setting-second-factor = Ob Benutzer lokaler Verzeichnisse einen zweiten Faktor brauchen: off (aus), optional (freiwillig), required (Pflicht)
user-new = Neuer Benutzer
user-add = Benutzer anlegen
user-roles-hint = Durch Leerzeichen getrennt. Die Rollen bestimmen, welche Scopes der Benutzer haben darf.
user-roles-set = Die Rollen sind gespeichert. Bestehende Tokens behalten ihre Scopes bis zur Erneuerung.
user-must-change = muss bei der nächsten Anmeldung geändert werden
user-recovery-codes = { $count ->
    [one] Ein Wiederherstellungscode ist übrig.
   *[other] { $count } Wiederherstellungscodes sind übrig.
}
user-password = Einmalpasswort vergeben
user-password-title = Ein Einmalpasswort für { $user } vergeben?
user-password-consequence = Das jetzige Passwort des Benutzers gilt nicht mehr. Alle Sitzungen, Zugriffe und Tokens des Benutzers enden. Bei der nächsten Anmeldung muss der Benutzer ein anderes Passwort wählen.
one-time-password = Einmalpasswort
one-time-password-text = Geben Sie dem Benutzer dieses Passwort persönlich oder am Telefon. Bei der nächsten Anmeldung muss er ein anderes wählen.
user-second-factor-reset = Zweiten Faktor zurücksetzen
user-second-factor-title = Den zweiten Faktor von { $user } zurücksetzen?
user-second-factor-consequence = Der Benutzer meldet sich allein mit dem Passwort an, bis er wieder einen zweiten Faktor einrichtet. Tun Sie das nur, wenn Sie sicher sind, wer darum bittet. Alle Sitzungen des Benutzers enden.
user-second-factor-was-reset = Der zweite Faktor ist zurückgesetzt.
user-sessions = Sitzungen
user-sessions-none = Der Benutzer ist nicht angemeldet.
user-session-end = Beenden
user-sessions-end = Sitzungen beenden
user-sessions-end-all = Alle Sitzungen beenden
user-sessions-title = Sitzungen von { $user } beenden?
user-session-consequence = Der Browser mit dieser Sitzung wird abgemeldet. Anwendungen behalten ihren Zugriff.
user-sessions-consequence = Der Benutzer wird in jedem Browser abgemeldet. Anwendungen behalten ihren Zugriff.
user-sessions-ended = { $count ->
    [one] Eine Sitzung ist beendet.
   *[other] { $count } Sitzungen sind beendet.
}
user-access = Anwendungen mit Zugriff auf das Konto
user-access-none = Keine.
user-access-withdraw = Zugriff entziehen
user-access-all = Jeden Zugriff entziehen
user-access-title = Zugriff auf das Konto von { $user } entziehen?
user-access-consequence = Die Tokens der Anwendung für diesen Benutzer werden abgelehnt, und sie muss ihn neu um Zugriff bitten.
user-access-all-consequence = Alle Tokens für diesen Benutzer werden abgelehnt, und jede Anwendung muss ihn neu um Zugriff bitten.
second-factor-not = nicht eingerichtet

## Importing APIs

api-remove-title = Die API { $api } entfernen
api-remove-consequence = Die Edges lehnen von nun an jede Anfrage an diese API ab. Alle Abonnements enden, und die Token, die eines enthalten, werden widerrufen.
import-api = Eine API importieren
import-about = Über die API
import-apply = Übernehmen
import-approval = Abonnements brauchen Freigabe
import-changed-meanwhile = Die API hat sich geändert, seit diese Seite angezeigt wurde. Sehen Sie sich die Änderungen noch einmal an und übernehmen Sie sie erneut.
import-context = Kontext
import-context-hint = Der Pfad, mit dem alle Pfade der API beginnen. Wenn das Feld leer bleibt: der Pfad des ersten Servers im Dokument.
import-document = OpenAPI-Dokument
import-document-hint = OpenAPI 3.0 oder 3.1 in JSON oder YAML, höchstens 4 MiB.
import-edit = Bearbeiten
import-every-tier = Jede Stufe
import-hosts = Hosts
import-hosts-of-servers = Die API auf die Hosts der Server im Dokument beschränken.
import-name = Name der API
import-name-hint = Wenn das Feld leer bleibt: aus dem Titel des Dokuments gebildet.
import-preview = Vorschau
import-preview-change = Die API { $api } ändern
import-preview-new = Neue API { $api }
import-refused = Das Dokument kann nicht importiert werden:
import-replace-schemes = Ein Token ersetzt API-Schlüssel, HTTP Basic und beidseitiges TLS.
import-resources-new = Neue Ressourcen
import-resources-changed = Geänderte Ressourcen
import-resources-removed = Entfernte Ressourcen
import-same = Für Edges und Stufen ändert sich nichts.
import-scopes-new = Neue Scopes
import-scopes-removed = Entfernte Scopes
import-tiers = Stufen
import-tiers-hint = Die Stufen, in denen Anwendungen die API abonnieren können. Wenn Sie keine wählen: jede Stufe.
import-tiers-new = Stufen, die zur API hinzukommen
import-tiers-removed = Nicht mehr angebotene Stufen
import-title = Titel
import-version = Version
import-version-hint = Wenn das Feld leer bleibt: die Version des Dokuments.
scope-description-hint = Was der Scope erlaubt, für Menschen, die darüber entscheiden.
tier-change-title = Die Stufe { $tier } ändern
tier-changed = Die Stufe { $tier } ist geändert.
import-warning-public = { $count ->
    [one] 1 Ressource wird öffentlich: jeder darf sie ohne Token aufrufen.
   *[other] { $count } Ressourcen werden öffentlich: jeder darf sie ohne Token aufrufen.
}
import-warning-removed = { $count ->
    [one] 1 Ressource wird entfernt: die Edges lehnen Anfragen daran ab.
   *[other] { $count } Ressourcen werden entfernt: die Edges lehnen Anfragen daran ab.
}

## Aussehen

branding = Branding
branding-accent = Akzentfarbe
branding-accent-hint = Die Farbe der Knöpfe und Links, etwa <code>#0f6b64</code>. Sie muss dunkel genug für weiße Schrift sein; die Farbe der dunklen Darstellung ergibt sich daraus.
branding-change = Branding ändern
branding-help = Hilfe
branding-intro = Was Benutzer bei der Anmeldung, beim Erlauben des Zugriffs und im Portal sehen. Leere Felder verwenden die Vorgabe.
branding-link-hint = Eine Adresse, die mit <code>https://</code> beginnt.
branding-logo = Logo
branding-logo-is = { $type }, { $bytes } Bytes
branding-logo-remove = Logo entfernen
branding-name = Name
branding-name-hint = Er steht statt des Hosts oben auf jeder Seite. Ein Logo setzen Sie mit <code>postern admin branding change --logo DATEI</code> oder der Management API.
branding-preview = Vorschau
branding-preview-lead = Noch ist nichts gespeichert.
branding-privacy = Datenschutz
branding-saved = Das Branding ist gespeichert.
branding-terms = Nutzungsbedingungen
branding-text-de = Text auf der Anmeldeseite, auf Deutsch
branding-text-en = Text auf der Anmeldeseite, auf Englisch
branding-text-hint = Reiner Text mit höchstens 500 Zeichen, auch für Sprachen ohne eigenen Text.
wrong_accent = Das ist keine Farbe, auf der weiße Schrift lesbar ist. Geben Sie # und sechs hexadezimale Ziffern einer dunkleren Farbe ein; der Kontrast zu Weiß und zum Hintergrund der Seite muss mindestens 4,5 zu 1 sein.
wrong_link = Ein Link ist eine https-Adresse mit höchstens 300 Zeichen, ohne Benutzernamen.
wrong_portal_name = Der Name hat 1 bis 60 sichtbare Zeichen.
wrong_sign_in_text = Der Text hat höchstens 500 sichtbare Zeichen auf höchstens 10 Zeilen.
