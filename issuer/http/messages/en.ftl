# The texts of the pages in English. Every language has the same messages with the same values.
#
# A message may have markup (<bdi>, <code>, <strong>, <time>, <a>, <span>); a template shows it by `site.html`, and the values are escaped.
# A message whose id has an underscore is the code of an error: other languages have them, here the error's own text is shown.

language-name = English

## What many pages say

layout-address = Before you enter a password, make sure that the address bar says <strong>{ $host }</strong>.
layout-language = Language
allow = Allow
any = any
asks-for = It asks for
cancel = Cancel
continue = Continue
create = Create
deny = Deny
done = Done
first-page = First page
for-user = for <bdi class="name">{ $user }</bdi>
name = name
next-page = Next page
none = none
portal = Portal
scopes-none = Only to know who you are.
sign-in = Sign in
sign-out = Sign out
since = Since <time datetime="{ $machine }">{ $time }</time>
last-used = Last used <time datetime="{ $machine }">{ $time }</time>
created = Created <time datetime="{ $machine }">{ $time }</time>.
throttled = Too many attempts. Please wait { $wait } and try again.

## Times

timestamp = { $day } { $month } { $year }, { $time } UTC
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
without-end = never
seconds = { $count ->
    [one] 1 second
   *[other] { $count } seconds
}
minutes = { $count ->
    [one] 1 minute
   *[other] { $count } minutes
}
hours = { $count ->
    [one] 1 hour
   *[other] { $count } hours
}
days = { $count ->
    [one] 1 day
   *[other] { $count } days
}

## Start

start = Start
start-text = Applications get their access from this site.
start-account = <a href="{ $to }">Your account</a>: the applications that you allowed, and your password
start-portal = <a href="{ $to }">Portal</a>, for developers and administrators: applications, subscriptions and tokens
start-device = <a href="{ $to }">Connect a device</a> that shows you a code
start-api = <a href="{ $to }">Management API</a>, for developers and administrators

## Sign-in

password = Password
user-name = User name
sign-in-continue = to continue to <bdi class="name">{ $application }</bdi>
sign-in-stores = Without an @, the user name is looked up in <bdi>{ $store }</bdi>. For another user store, enter:
sign-in-wrong = Wrong password
sign-in-wrong-text = The user name or the password is wrong. Please try again.
sign-in-many = Too many attempts
sign-in-limited-text = Too many attempts for this user name have failed. Please sign in with a browser that you have used before, or ask the administrator to unlock your account.
sign-in-unavailable = Not available
sign-in-unavailable-text = Your password cannot be checked right now. Please try again in a few minutes.
signed-out = You are signed out
signed-out-text = Applications that you allowed keep their access. To withdraw it, <a href="{ $account }">sign in to your account</a>.

## Consent and devices

consent-title = Allow access?
consent-lead = <bdi class="name">{ $application }</bdi> wants to act for you, <bdi class="name">{ $user }</bdi>.
consent-apis = It may call
consent-continue = Whatever you decide, you then continue to <bdi class="name">{ $host }</bdi>.
consent-withdraw = If you allow it, you can withdraw it at any time: see <a href="{ $account }">your account</a>.
continuing = Continuing
continue-link = If nothing happens, <a href="{ $address }">continue to <bdi>{ $application }</bdi></a>.
device-connect = Connect a device
device-code = Code on your device
device-code-hint = Upper or lower case, with or without the hyphen.
device-unknown = Unknown code
device-unknown-text = No device is waiting with this code. Compare it with the code that your device shows now: codes expire after a while.
device-confirm = Connect this device?
device-lead = <bdi class="name">{ $application }</bdi> wants to act for you, <bdi class="name">{ $user }</bdi>, on a device that shows this code:
device-warning = <strong>Allow it only if you see this code on a device of your own.</strong> If another person sent you this code, deny it: that person could then act in your name.
device-allowed = Device connected
device-allowed-text = Continue on your device. You can close this page.
device-denied = Device denied
device-denied-text = The device has no access. You can close this page.

## Account

account = Your account
account-signed-in = You are signed in as <bdi class="name">{ $user }</bdi>.
account-applications = Applications with access to your account
account-none = None. Applications that you allow are listed here.
account-asked-for = What it asked for
account-not-used = Not used yet
account-withdraw = Withdraw<span class="unseen"> the access of <bdi>{ $application }</bdi></span>
account-withdrawn = The application's access is withdrawn.
account-no-access = The application has no access.
password-change = Change password
password-changed = Your password was changed. You are signed out on all other devices, and applications must ask for access again.
password-not-changed = Password not changed
password-problems = The password was not changed. The problems are listed at each field.
password-current = Current password
password-new = New password
password-again = New password again
password-rules = At least 8 characters; a long sentence is better than a short, complicated word. Spaces and letters of any script are allowed.
password-differ = The two new passwords differ.
password-current-wrong = The current password is wrong.
password-limited = Too many attempts have failed. Ask the administrator to give you another password.
password-short = The password must have at least 8 characters.
password-long = The password must have at most 256 characters.
password-common = The password is a common password, which attackers try first: choose another one, such as several unrelated words.
password-name = The password is little more than the user name or another known name: choose one without that name.
password-repeated = The password repeats a single character: choose one with different characters.

## Errors

ask-application = You cannot solve this here. Please tell the operator of the application that you came from what this page says.
ask-issuer = If this keeps happening, please tell the operator of { $host } what this page says.
go-to-account = Go to your account
application-wrong = The application made a mistake
application-wrong-client = The application that sent you here is unknown or did not send its id. No access was granted.
application-wrong-redirect = The application wants to send you back to an address that it has not registered here. No access was granted.
application-wrong-request = The application sent you here with a malformed request. No access was granted.
broken = Something went wrong
broken-why = Something went wrong here. The operators of this site can find the cause in its log.
form-foreign = Not sent from this site
form-foreign-why = Another site sent this form in your name, so nothing was done. If you sent it yourself, open this site at its usual address and try again.
form-large = Too much text
form-large-why = The form that you sent is too large. Go back, shorten what you entered and try again.
form-old = The form is too old. Send it again.
form-sent-before = You sent this form before, with other values. Look at what it made, and send this new form if you still need it.
form-stale = This page is too old
form-stale-why = The form that you sent is too old or was opened in another browser. Go back, reload the page and try again. Cookies must be allowed for this site.
no-member = Not a member
no-member-why = Ask an administrator to link your account to a member: the account { $user } is linked to none. The command is: postern admin member change NAME --account { $user }
not-allowed = Not allowed
not-allowed-auditor = You are an auditor: you see everything and change nothing.
not-found = Not found
no-such-application-why = There is no such application, or it belongs to another member.
too-many-requests = Too many requests
too-many-requests-why = Too many requests come from your network. Please wait a moment and try again.
unavailable = Not available right now
unavailable-why = This is not available at the moment. Please try again in a few minutes.

## Portal

role-administrator = administrator
role-auditor = auditor
role-developer = developer
applications = Applications
applications-none = None yet. An application gets the tokens with which its programs call APIs.
applications-first = Enter a name below to create the first one.
application-new = New application
application-name = Name
application-id = Its id is <code>{ $id }</code>.
application-blocked = An administrator has blocked this application: it gets no tokens.
api-count = { $count ->
    [one] 1 API
   *[other] { $count } APIs
}
blocked = blocked
keys-in = Keys: { $environments }
environments-both = production and sandbox
production = production
sandbox = sandbox
owner = Owner: <bdi>{ $owner }</bdi>
owner-administrators = Owner: the administrators
subscriptions = Subscriptions
subscriptions-none = None yet. A token gives access to the APIs to which its application is subscribed.
subscription-blocked = blocked by an administrator
subscription-waiting = waits for approval by an administrator
subscription-end = End subscription<span class="unseen"> to { $api }</span>
at-tier = at { $tier }
subscribe = Subscribe
subscribe-to = Subscribe to an API
choose-api = Choose an API.
no-subscription = The application has no subscription to this API.
offer = { $api } at { $tier }
offer-limited = { $api } at { $tier }, { $requests } requests each { $period }
offer-approval = { $offer }, needs approval
unsubscribe-title = End the subscription to { $api }
unsubscribe-consequence = Every token of this application that gives access to this API stops working now, also for the other APIs in it. New tokens do not give access to this API.
unsubscribe-button = End the subscription
keys = Keys
keys-none = No keys yet.
consumer-key = Consumer key
consumer-secret = Consumer secret
token = Token
tokens-valid-for = Tokens are valid for
domains = Domains
addresses = Addresses
scopes = Scopes
stolen = If a token is stolen
stolen-text = Re-generate ends the current token of one environment. To end every token of this application:
revoke-all = Revoke all tokens
revoke-title = Revoke all tokens of { $application }
revoke-consequence = Every token of this application, in production and in the sandbox, is refused from now on: those that you copied from here, those that its programs obtained, and those of its users. Programs with the consumer key and the consumer secret can get new ones.
revoked = { $count ->
    [0] There was no active token.
    [one] 1 token is revoked.
   *[other] { $count } tokens are revoked.
}

## The catalogue of APIs

apis = APIs
apis-none = No API yet. Administrators add them: postern admin api import FILE
apis-not-found = No API has <bdi>{ $query }</bdi> in its name, title or tags.
search = Search
search-apis = Name, title or tag
as-markdown = As Markdown, for assistants
application = Application
tier = Tier
tiers-text = An application calls the API with a subscription at a tier.
tier-limit = { $requests } requests each { $period }
unlimited = no limit
needs-approval = needs approval
sign-in-to-subscribe = Sign in to subscribe
subscribed-all = All of your applications are subscribed.
no-such-api-why = There is no such API.
choose-application = Choose an application and a tier.
about-contact = Contact
about-license = License
about-terms = Terms of service
about-more = More documentation
operations = Operations
api-docs-document = This page is made of <a href="{ $to }">an OpenAPI document</a>.
api-hosts = The API answers at <bdi>{ $hosts }</bdi>.
deprecated = deprecated
token-needed = Token
token-none = None: everyone may call it.
token-application = A token of an application.
token-user = A token of a user.
token-any = A token of an application or of a user.
token-personal = A personal access token.
token-domain = The request must come from a page or name its domain.
parameters = Parameters
in-path = in the path
in-query = in the query
in-header = in the header
required = required
body = Body
answers = Answers
first-call-token = Put the token into <code>TOKEN</code>.
try-out = Try it out
try-token = Your token
try-token-hint = It is sent to <bdi>{ $gateway }</bdi> alone, and forgotten when you leave the page. A token that is allowed for certain domains only must be allowed for <bdi>{ $host }</bdi>.
try-token-own-hint = It is sent to this site alone, and forgotten when you leave the page.
try-no-script = To send requests from here, allow scripts on this page.
try-send = Send<span class="unseen"> { $method } { $path }</span>
try-sending = Sending …
try-failed = No answer. Is the gateway reachable from here, and does it allow requests of this page (CORS)?
try-dots = A part of a path cannot be a dot or two.
try-cut = The rest is not shown.

## The keys of an application

generate = Generate
generate-title = Generate { $environment } keys
generate-link = Generate<span class="unseen"> { $environment } keys and a token</span>
regenerate = Re-generate
regenerate-title = Re-generate the { $environment } token
regenerate-link = Re-generate<span class="unseen"> the { $environment } token</span>
regenerate-warning = When you choose Re-generate, the current { $environment } token stops working at once. What you choose here applies to the tokens that are made from now on.
for-application = for <bdi class="name">{ $application }</bdi>
scopes-by-spaces = Scopes, separated by spaces
scopes-not-needed = The APIs of this application require none.
scope-of-no-api = no API of this application
allowed-domains = Allowed domains
allowed-domains-hint = One on each line, such as <code>app.example.com</code> or <code>*.example.com</code>. The token is refused on pages of every other domain. If you leave it empty: any domain.
allowed-addresses = Allowed IP addresses
allowed-addresses-hint = One on each line, such as <code>192.0.2.0/24</code>. If you leave it empty: any address.
valid-for = Valid for
valid-for-hint = Such as <code>1h</code> or <code>30d</code>. If you leave it empty: { $default }.
replace-secret = Replace the consumer secret too <span class="hint">Programs with the current one get no more tokens.</span>
made-title = { $environment } token – { $application }
made-heading = The { $environment } token of <bdi>{ $application }</bdi>
made-before = You sent this form before, and this is what it made then. If you have re-generated or revoked the token since, it is refused.
made-copy = Copy what you need now: neither the token nor a secret is shown again.
first-call = The first call
first-call-text = Put the token above into <code>TOKEN</code>, and the address of your gateway into <code>GATEWAY</code>.
