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

date = { $day } { $month } { $year }
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
without-end = no expiry
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
sign-in-again = Sign in again
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
not-allowed-why = This page is for administrators.
not-possible = Not possible
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
applications-none = None yet. An application is a program that calls APIs.
application-new = New application
application-name = Name
scopes-optional = Scopes (optional)
first-token-get = Get a token
create-only = Create without a token
offer-gone = This API is no longer offered at this tier, and nothing was made. Choose again.
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
production-text = For real use.
sandbox = sandbox
sandbox-text = For trying things out. Production refuses its tokens.
owner = Owner: { $owner }
owner-administrators = Owner: the administrators
subscriptions = Subscriptions
subscriptions-none = None yet. A token gives access to subscribed APIs only.
subscription-blocked = blocked by an administrator
subscription-waiting = waits for approval by an administrator
subscription-end = End subscription<span class="unseen"> to { $api }</span>
at-tier = at { $tier }
subscribe = Subscribe
subscribed-generate = The application is subscribed to { $api }. Next, choose Generate.
subscribed-regenerate = The application is subscribed to { $api }. Next, re-generate the token: tokens that exist do not give access to it.
subscribed-waits = The subscription to { $api } waits for approval by an administrator. When it is approved, load this page again and generate a token.
subscribe-in-catalogue = Choose an API in the catalogue
subscribe-to = Subscribe to an API
choose-api = Choose an API.
no-subscription = The application has no subscription to this API.
offer = { $api } at { $tier }
offer-limited = { $api } at { $tier }, { $requests } requests in { $period }
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

api = API
apis = APIs
apis-none = No API yet. An administrator can import one: postern api import FILE
apis-not-found = No API has <bdi>{ $query }</bdi> in its name, title or tags.
search = Search
search-apis = Name, title or tag
as-markdown = As Markdown, for assistants
application = Application
tier = Tier
tiers-text = An application calls the API with a subscription at a tier.
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
token-none = No token: everyone may call it.
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
first-call-token = Put your token in place of <code>{ $placeholder }</code>. You have none yet? Subscribe an application and generate its keys: the page with the new token has a call that holds it.
first-call-gateway = Put the address of your gateway in place of <code>{ $placeholder }</code>.
first-call-scopes = For this call the token must hold: <bdi>{ $scopes }</bdi>. Choose these scopes when you generate the token.
first-call-public = This call also works without a token, so it does not test your token. The API has no simple call that requires one.
first-call-public-made = This call also works without a token, so it does not test your token. The scopes of this token allow no simple call that requires one.
first-call-none = This token allows no call that is simple enough to be shown: the operations require a scope that it does not hold, the token of a user, or another method than GET. If you left out a scope, re-generate the token with it.
first-call-curl = curl
first-call-javascript = JavaScript
first-call-python = Python
first-call-go = Go
first-call-origin = In a browser, <code>Origin</code> has no effect: the browser sends the origin of its page.
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
scopes-hint = Choose only what your program needs.
scopes-hint-none = Choose only what your program needs. The first call needs none.
scope-operations-more = <bdi>{ $operations }</bdi> and { $count } more
scopes-not-needed = None needed.
scope-of-no-api = no API of this application
allowed-domains = Allowed domains
allowed-domains-hint = One on each line, such as <code>app.example.com</code> or <code>*.example.com</code>. Pages of other domains are refused. Empty: any domain.
allowed-addresses = Allowed IP addresses
allowed-addresses-hint = One on each line, such as <code>192.0.2.0/24</code>. Empty: any address.
more-restrictions = More restrictions
valid-for = Valid for
valid-for-hint = Such as <code>1h</code> or <code>30d</code>. Empty: { $default }.
replace-secret = Replace the consumer secret too <span class="hint">Programs with the current one get no more tokens.</span>
made-title = { $environment } token – { $application }
made-heading = The { $environment } token of <bdi>{ $application }</bdi>
made-before = You sent this form before, and this is what it made then. If you have re-generated or revoked the token since, it is refused.
made-try = Run the call: it holds the token.
made-store = Store the token safely: it is not shown again.
made-store-secret = Store the token and the consumer secret safely: neither is shown again.
made-may = What this token may do
made-further = Further tokens without the portal
made-further-text = Programs get them with the consumer key and the consumer secret.
warning-not-subscribed = This token gives access to nothing: the application is not subscribed to any API. Subscribe it, and then re-generate the token.
warning-subscriptions-wait = This token gives access to nothing: no subscription of the application is active, because an administrator has not approved one yet. When one is approved, re-generate the token.
warning-subscriptions-blocked = This token gives access to nothing: every subscription of the application is blocked. Ask an administrator, and then re-generate the token.
warning-scope-waits = Tokens do not hold the scope { $scope } yet, because an administrator has not approved it. When it is approved, re-generate the token.
warning-scope-forbidden = Tokens do not hold the scope { $scope }: it is only for applications whose owner has the role { $roles }.
warning-scope-of-other-api = The scope { $scope } has no effect yet: it is a scope of the API { $api }, to which the application is not subscribed.
warning-scope-unlisted = The scope { $scope } is not a scope of any API. It has no effect, unless a service behind the gateway checks it.
warning-scope-of-no-api = The scope { $scope } has no effect yet: it is not a scope of any API.
warning-scope-unknown = The scope { $scope } has no effect yet: it is not a scope of any API. These exist: { $known }.
one-or-other = { $one } or { $other }
first-call = The first call
refused-heading = Was a request refused?
refused-text = <a href="{ $to }">The page that explains a decision</a> shows each step of the gateway, and what would have to change. The token never leaves your browser. The page needs the gateway's bundle: an administrator gets the file with <code>postern admin bundle</code>.

## The settings of keys

key-settings-title = Settings of the { $environment } keys
key-settings-link = Settings<span class="unseen"> of { $environment }</span>
key-settings-changed = The settings were changed meanwhile. The form shows the current ones: enter your changes again.
grant-types = Grant types
grant-types-hint = How programs with the consumer key obtain tokens (OAuth 2.0).
grant-client-credentials = The application for itself, with its consumer secret.
grant-authorization-code = A user signs in with a browser and returns to a redirect URI.
grant-refresh-token = New tokens for a user without another sign-in.
grant-device-code = A user enters a code that a device shows.
grant-password = The application has the password of a user. An administrator must allow it for the application.
redirect-uris = Redirect URIs
redirect-uris-hint = One on each line, such as <code>https://app.example.com/callback</code>. After the sign-in, users return to one of them. Each is compared letter by letter.
client-public = Public client
client-public-hint = A client that cannot keep a secret, such as an app in a browser or on a phone.
one-grant = Only one active sign-in for each user
one-grant-hint = A new sign-in ends the access that the user gave before.
lifetime-of-tokens-hint = Such as <code>1h</code> or <code>30d</code>; <code>never</code>: without end. Tokens that exist do not change.
lifetime-of-user-tokens = Tokens of users are valid for
lifetime-of-user-tokens-hint = Such as <code>1h</code>; <code>never</code>: without end. If you leave it empty: as the application says.

## Lists

actions = Actions
choose-row = Choose one from the list.
copy-now = Copy this now: it is not shown again.
copied = Copied
copy = Copy
copy-call = Copy the call
copy-program = Copy the call in { $language }
copy-token = Copy the token
copy-consumer-key = Copy the consumer key
copy-consumer-secret = Copy the consumer secret
copy-token-request = Copy the call for a token
selected = Selected: copy it with your keyboard
created-at = Created
description = Description
to-application = Application { $application }

## Live tokens, secrets, deleting an application

tokens-title = Live tokens: { $environment }
tokens-intro = The application tokens that edges accept now: first those that never expire, then those that expire last. User tokens are not listed here: each user sees at “Your account” which applications have access.
tokens-link = Live tokens<span class="unseen"> of { $environment }</span>
tokens-none = No live token.
token-id = Token
token-obtained = Obtained
token-since = Since
token-until = Until
obtained-by = { $how } by { $actor }
obtained-by-program = by a program
obtained-generated = generated
obtained-regenerated = re-generated
token-revoke = Revoke
token-revoke-title = Revoke token { $token }
token-revoke-consequence = Every edge refuses this token from now on. Programs with the consumer key and the consumer secret can get a new one.
secrets-title = Consumer secrets: { $environment }
secrets-intro = Programs prove with the consumer secret that they are the application. Two can be valid at once: create the second one, change your programs, delete the first one.
secrets-link = Secrets<span class="unseen"> of { $environment }</span>
secrets-none = No consumer secret.
secret-id = Secret
secret-until = Until
secret-new = New consumer secret
secret-create = Create a secret
secret-description-hint = For you: what the secret is for, such as the name of a server.
secret-until-hint = Such as <code>90d</code>. If you leave it empty: without end.
secret-delete = Delete
secret-delete-title = Delete consumer secret { $secret }
secret-delete-consequence = Programs with this secret get no more tokens. Tokens that they have stay valid.
secret-deleted = The consumer secret is deleted.
delete-heading = Delete this application
delete-text = Ends its subscriptions, its keys and every token.
delete-application = Delete the application
delete-title = Delete { $application }
delete-consequence = Every token of this application is refused from now on, its keys and subscriptions are deleted, and its users lose the access that they allowed. This cannot be undone.

## Personal access tokens

personal-tokens = Personal access tokens
personal-tokens-intro = A personal access token lets the command line, the management API or an assistant act as you, with your role.
personal-tokens-none = No personal access token yet.
personal-token = Personal access token
personal-token-id = Id
personal-token-new = New personal access token
personal-token-description-hint = For what you use it, such as <code>laptop</code>.
personal-token-until-hint = Such as <code>30d</code>. If you leave it empty: 90 days.
personal-token-delete = Delete
personal-token-delete-title = Delete personal access token { $token }
personal-token-delete-consequence = Programs with this token can no longer act as you.
personal-token-deleted = The personal access token is deleted.

## Administration

administration = Administration
application-block = Blocked: the application gets no tokens, and those that it has are revoked.
application-change = Change the application
owner-hint = The member who owns the application. If you leave it empty: the administrators.
by-command = manual only
change = Change
environment = Environment
every-application = every application
every-user = every user
export = Save as a file (CSV)
named = { $name }
no = no
no-maximum = no maximum
owner-name = Owner
remove = Remove
save = Save
scope = Scope
show = Show
yes = yes
owner-give = Give to a team
owner-give-hint = Every member of the team can then do everything with the application that you can do.
owner-team = Owner: the team { $team }
owner-team-hint = The team that owns the application, instead of a member.
owner-twice = An application has one owner: enter a member or a team.
owner-unchanged = Do not change the owner
team = Team
team-created = The team { $team } is created. Add its members.
team-delete = Delete team
team-delete-consequence = Its members lose the applications of the team. The applications stay, with their keys and tokens; an administrator can give them to another owner.
team-delete-title = Delete the team { $team }
team-deleted = The team { $team } is deleted.
team-empty = No members yet.
team-member-added = { $member } is in the team now.
team-member-new = Add a member
team-member-remove-consequence = The member can no longer see or change the applications of the team. The member may have copied their secrets and tokens: replace those.
team-member-remove-title = Remove { $member } from the team { $team }
team-member-removed = { $member } is no longer in the team.
team-name-hint = Lower-case letters, digits and <code>._-</code>, for example <code>payments</code>.
team-named = Team { $team }
team-new = New team
teams = Teams
teams-intro = The members of a team own its applications together: each can do with them what an owner can.
teams-intro-own = The members of a team own its applications together. To give an application to a team, change the application. Administrators create teams and add members.
teams-none = No teams.
approvals = Approvals
approvals-intro = Subscriptions, scopes and users that wait for an administrator.
approvals-none = Nothing waits for approval.
approve = Approve
approved = Approved.
refuse = Refuse
refused = Refused.
waiting-detail = Details
waiting-for = Asks for
waiting-membership = access to the portal, as a developer
waiting-who = Application or user
waiting-scope = scope { $scope }
members = Members
members-intro = Members sign in to this portal and use the management API. Users of applications are not members.
member-account = Account
member-account-hint = The account of a user store with which the member signs in, such as <code>alice@local</code>. If you leave it empty: none.
member-add = Add
member-added = { $member } is a member now.
member-change-title = Change { $member }
member-changed = { $member } is changed.
member-name = Name
member-name-hint = Lower-case letters, digits and <code>._-</code>, such as <code>alice</code>.
member-new = New member
member-remove = Remove
member-remove-consequence = The member can no longer sign in to this portal, and the member's personal access tokens are deleted. The member's applications stay; an administrator can give them to another owner.
member-remove-title = Remove { $member }
member-removed = { $member } is no longer a member.
member-role = Role
choose-role = Choose a role.
users = Users
users-intro = Users sign in to applications. A locked user is signed out, and every token of the user is refused. If the user is a member, the personal access tokens of the member are deleted.
users-none = No user.
user-active = active
user-after = After
user-after-hint = Shows the users whose names follow this one.
user-lock = Lock
user-locked = locked
user-roles = Roles
user-state = State
user-store = User store
user-unlock = Unlock
user-was-locked = { $user } is locked.
user-was-unlocked = { $user } may sign in again.
tiers = Tiers
tiers-intro = An application subscribes to an API at a tier. The limit here is information for developers: edges enforce the limits in their own configuration.
tiers-none = No tier yet. An API is offered at tiers, so create the first one.
tier-added = The tier { $tier } is created.
tier-approval = Needs approval
tier-limit = Limit
tier-limited = { $requests } requests in { $period }
tier-name = Name
tier-name-hint = Lower-case letters, digits, <code>_</code> and <code>-</code>, such as <code>gold</code>.
tier-needs-approval = An administrator must approve each subscription.
tier-new = New tier
tier-period = Period
tier-period-hint = Such as <code>1m</code> or <code>1h</code>.
tier-remove-consequence = The tier is deleted. This is refused as long as an API offers it or an application uses it.
tier-remove-title = Remove the tier { $tier }
tier-removed = The tier { $tier } is removed.
tier-requests = Requests
tier-requests-hint = How many requests are allowed in each period. If you leave both empty: no limit.
tier-unlimited = no limit
tier-wrong-limit = Enter both the number of requests, at least 1, and the period, such as 1m; or neither.
scope-rules = Scopes
scope-rules-intro = A scope without a rule is free for every user and every application. A rule here limits it.
scope-rules-none = No rule yet.
scope-approval = Needs approval
scope-bound = The rule for { $scope } is saved.
scope-member-roles = Applications of
scope-member-roles-hint = Roles of the owner, separated by spaces: <code>administrator developer auditor</code>. If you leave it empty: every application.
scope-needs-approval = An administrator must approve the scope for each application.
scope-new = New rule
scope-remove-consequence = Every user and every application may have this scope from now on.
scope-remove-title = Remove the rule for { $scope }
scope-removed = The rule for { $scope } is removed.
scope-user-roles = Users with
scope-user-roles-hint = Roles of users, separated by spaces. If you leave it empty: every user.
scope-wrong-member-role = The roles of owners are administrator, developer and auditor.
signing-keys = Signing keys
signing-keys-intro = A new key is published first, so that every edge knows it, and signs after that. The key before it stays published until its last token has expired.
signing-algorithm = Algorithm
signing-created = The key { $key } is published. It signs once edges have had time to fetch it.
signing-created-by-hand = The key { $key } is published. When the edges have had time to fetch it, choose “Start signing with this key”.
signing-sign = Start signing with this key
signing-sign-consequence = New tokens of the environment are signed with this key from now on. An edge that has not fetched the key yet refuses them. The key before it stays published until you retire it.
signing-sign-title = Sign with the key { $key }
signing-signs-now = The key { $key } signs now.
signing-for = Environment
signing-is-retired = retired
signing-key = Key
signing-live = Live tokens
signing-live-count = { $count }
signing-live-until = { $count }, until { $time }
signing-new = New signing key
signing-new-hint = Edges verify ES256 and EdDSA fastest; RS256 is for clients that know nothing else.
signing-published = published
signing-retire = Retire
signing-retire-consequence = The key is no longer published, and every edge refuses tokens that it signed. This is refused as long as live tokens depend on it.
signing-retire-title = Retire the key { $key }
signing-retired = The key is retired.
signing-rotate = Publish a new key
signing-signs = signs
signing-state = State
schedule = Schedule
schedule-accepted = still accepted by edges, until the last token that it signed expires
schedule-key-accepted = signed until { $time }; its last token expires on { $until }
schedule-key-accepted-forever = signed until { $time }; one of its tokens never expires
schedule-key-published = published since { $time }
schedule-key-retired = signed until { $time }, retired
schedule-key-signs = signs since { $time }
schedule-key-stopped = signed until { $time }; none of its tokens is live
schedule-next = next rotation
schedule-no-rotation = rotates only manually
schedule-now = now
schedule-published = published
schedule-rotation = the next key signs from { $time }
schedule-signing = signs new tokens
edges = Edges
edges-intro = An edge fetches its bundle with an edge key. Edges with the same key are told apart by their address, and the oldest bundle of those that asked in the last two minutes is shown.
edges-none = No edge key yet.
edge-behind = { $count ->
    [one] 1 revision behind
   *[other] { $count } revisions behind
}
edge-behind-unknown = does not have the current bundle
edge-connected = Connected
edge-current = current
edge-heard = Last asked
edge-key = Edge key
edge-name = Name
edge-name-hint = For which edge it is, such as <code>frankfurt-1</code>.
edge-never = never
edge-new = New edge key
edge-remove-consequence = Edges with this key get no bundle any longer. They refuse every request once their bundle is stale.
edge-remove-title = Remove the edge key { $edge }
edge-removed = The edge key { $edge } is removed.
edge-sent = sent, not confirmed yet
edge-since = { $state }, since { $time }
edge-state = Bundle
edge-unseen = not fetched yet
usage = Usage
usage-day = Day
usage-intro = Usage of the application by day (UTC). Requests that edges refused are not included. Usage is kept for 400 days.
usage-intro-all = Usage of all applications by day (UTC). Requests that edges refused are not included. Usage is kept for 400 days.
usage-latest = Last count: { $last }. Highest day: { $most }.
usage-live = Live tokens
usage-minted = Tokens minted
usage-most = { $number }, on { $date }
usage-not-counted = Not counted yet.
usage-nothing = None in this period.
usage-of = Usage of { $application }
usage-period = Period
usage-refused = Requests that the issuer refused
usage-table = As a table
usage-total = { $total } in this period; the most on one day: { $most }.
audit = Audit log
audit-intro = Every change, with who made it and from where.
audit-none = No entry.
audit-action = Action
audit-action-hint = Such as <code>token.revoke</code>.
audit-actor = Actor
audit-details = Details
audit-since = Since
audit-since-hint = A date such as <code>2026-03-01</code>, or an age such as <code>7d</code>.
audit-source = Address
audit-subject = Object
audit-time = Time
audit-until = Until
audit-wrong-application = The id of an application begins with app_.
audit-wrong-source = The address must be an IP address.
settings = Settings
settings-intro = Rules for all tokens, grants, sessions and signing keys.
setting = Setting
setting-meaning = Meaning
setting-value = Value
setting-developer-registration = Whether users may become developers: off, by approval, or open to every user.
setting-issuer = The issuer's identifier, in every token. The command postern init sets it for good.
setting-audience = The audience of every token. The command postern init sets it for good.
setting-default-application = How long application tokens of a new application are valid.
setting-default-user = How long user tokens of a new application are valid.
setting-max-application = The longest validity of an application token.
setting-max-user = The longest validity of a user token.
setting-forever = Whether tokens that never expire are allowed.
setting-renew = A client gets its live token again until only this percentage of its validity remains.
setting-key-rotation = After this time a new signing key replaces the old one.
setting-key-publish-ahead = For how long a new signing key is published before it signs.
setting-refresh-idle = A refresh token that is not used for this time expires.
setting-refresh-lifetime = The longest time for which an application has access without asking the user again.
setting-range-ahead = At most 10 years.
setting-range-default = At most the maximum for this kind of token. Without an end only if tokens that never expire are allowed.
setting-range-forever = To allow tokens that never expire, first set at least one of the two maximums to never.
setting-range-grace = At most 10 minutes.
setting-range-lifetime = From 1 minute to 10 years.
setting-range-maximum = From 1 second to 100 years, or never.
setting-range-percent = A number from 0 to 100.
setting-range-rotation = At least 1 hour, and longer than a key is published before it signs.
setting-refresh-grace = For how long a refresh token may be used again if its answer was lost.
setting-session-idle = A user who does nothing for this time is signed out.
setting-session-lifetime = The longest time for which a user stays signed in.
settings-configuration = Effective configuration
settings-people = People
settings-saved = The settings are saved.
settings-sessions = Sessions and access of applications
settings-stale = Your changes were not saved, because the settings have changed since you opened this page. The form shows the current values.
settings-tokens = Tokens
settings-weaken-consequence = These settings weaken security: { $settings }. Save them only if you need them.
settings-weaken-title = Save settings that weaken security?
settings-wrong = Nothing is saved. The fields say what is wrong.
security = Security
configured = Set in the configuration file, with an environment variable or with a flag; read when the server starts.
setting-caution-developers = Strangers with an account can then make applications and see the APIs.
setting-caution-factor = Without a second factor, a stolen password is enough to sign in.
setting-caution-forever = A token that never expires stays valid until it is revoked, also if it is stolen.
setting-caution-grace = During this time, someone who steals a used refresh token can use it too.
setting-caution-longer = The longer this time, the longer a stolen token can be used.
setting-caution-rotation = A signing key that is never replaced can be found out or copied over years.
setting-caution-session = A browser that is left open can be used by others for longer.
setting-developers = Whether users may become developers by themselves.
setting-developers-approval = they ask, and an administrator approves
setting-developers-off = no
setting-developers-open = at once
setting-factor = Whether users of local stores sign in with a second factor.
setting-factor-off = no one is asked for one
setting-factor-optional = each user decides
setting-factor-required = every user needs one
setting-hint-choice = { $meaning } Default: { $default }.
setting-hint-maximum = { $meaning } A number with a unit, such as <code>8h</code> or <code>30d</code>, or <code>never</code> for no maximum. Default: { $default }.
setting-hint-percent = { $meaning } In percent, 0 to 100. Default: { $default }.
setting-hint-time = { $meaning } A number with a unit, such as <code>60s</code>, <code>30m</code>, <code>12h</code> or <code>14d</code>. Default: { $default }.
setting-hint-time-or-never = { $meaning } A number with a unit, such as <code>1h</code> or <code>90d</code>, or <code>never</code>. Default: { $default }.
setting-name-application = Validity of application tokens
setting-name-developers = Users become developers
setting-name-forever = Tokens that never expire
setting-name-key-publish-ahead = Published before signing
setting-name-key-rotation = Rotation of signing keys
setting-name-max-application = Maximum for application tokens
setting-name-max-user = Maximum for user tokens
setting-name-refresh-grace = Repeated use of a refresh token
setting-name-refresh-idle = Refresh token idle timeout
setting-name-refresh-lifetime = Maximum access without asking the user again
setting-name-renew = New token at
setting-name-second-factor = Second factor
setting-name-session-idle = Session idle timeout
setting-name-session-lifetime = Maximum session lifetime
setting-name-user = Validity of user tokens
setting-wrong-percent = Enter a whole number from 0 to 100.

## Identity providers, and users who become members

sign-in-with = Sign in with <bdi>{ $provider }</bdi>
account-locked = Your account is locked
account-locked-why = Your account is locked here. An administrator can unlock it.
provider-denied = You are not signed in
provider-denied-why = The site where you sign in has refused: you have cancelled, or your account may not be used here. Please try again, or ask the people who manage your account.
provider-member = Your membership needs an administrator
provider-member-why = Your groups make you a member of this site, but that is not possible. The cause is: { $cause }
provider-nameless = No user name
provider-nameless-why = Your account has no user name that can be used here. The operators of this site can find the cause in its log.
provider-stale = This sign-in is too old
provider-stale-why = You began to sign in more than ten minutes ago or in another browser, or you have completed this sign-in before. Please begin again. Cookies must be allowed for this site.
provider-taken = This user name is taken
provider-taken-why = Your user name is { $user }, but another person has signed in with this name before. An administrator can remove that user.
provider-unavailable-why = The site where you sign in does not answer at the moment. Please try again in a few minutes.
provider-unknown = There is no such way to sign in. Go to your account to see those that there are.
provider-unverified = Your email address is not verified
provider-unverified-why = Your email address has not been verified. Please verify it at the site where you sign in, and try again.
provider-wrong-why = The site where you sign in has sent an answer that cannot be accepted. The operators of this site can find the cause in its log.
request-too-long = The request is too long
request-too-long-why = The application sends too much with its request, so that you cannot continue there after you have signed in.
member-ask = Ask for access
member-ask-text = You have no access to the portal yet. You can ask for it; an administrator then decides.
member-join = Become a developer
member-join-text = You have no access to the portal yet. You can become a developer now.
member-waiting = You have asked for access. An administrator has to approve it. Come back later, and load this page again.

sign-in-expired = Sign in again
sign-in-expired-text = This sign-in has expired, or was completed elsewhere. Please sign in again.
password-given = An administrator has given you this password. Choose one that only you know.
password-same = This is the password that you have now. Choose another one.
second-factor = Second factor
second-factor-add = Set up a second factor
second-factor-remove = Remove second factor
second-factor-removed = Your second factor was removed. From now on, your password alone signs you in.
second-factor-is-on = When you sign in, you enter your password and then a code from your authenticator app.
second-factor-is-off = Your password alone signs you in. With a second factor, you also enter a code from an authenticator app on your phone, so that a stolen password is not enough.
second-factor-off = Second factors are turned off for all accounts. Codes are not asked for.
second-factor-must = Every account must have a second factor, so yours cannot be removed. An administrator can reset it.
second-factor-expired = You took too long to enter the code. Please begin again.
second-factor-exists = Your account has a second factor already.
second-factor-gone = Your account has no second factor.
second-factor-needed = Every account must have a second factor: a code from an authenticator app, which you enter after your password. Set it up now to finish signing in.
second-factor-password = Enter your password again to begin.
second-factor-scan = Install an authenticator app on your phone, and scan this picture with it.
second-factor-picture = QR code for your authenticator app. The secret below has the same content.
second-factor-open = Open an authenticator app on this device
second-factor-type = Or enter this secret in the app:
second-factor-turn-on = Turn on
second-factor-on = Your second factor is turned on. You are signed out on all other devices.
code = Code
code-enter = Enter the code
code-hint = The 6 digits that your authenticator app shows now
code-or-recovery-hint = The 6 digits that your authenticator app shows now, or a recovery code
code-wrong = Wrong code
code-wrong-text = The code is wrong, has expired, or was used before. Please enter the code that your app shows now. If codes are never accepted, check the time of your phone.
code-limited-text = Too many wrong codes were entered in a row. Ask the administrator to unlock your account.
code-lost = You cannot use the app?
recovery-code = Recovery code
recovery-code-hint = One of the codes that you were given when you set up the second factor. Without one, ask the administrator to reset your second factor.
recovery-code-use = Use the recovery code
recovery-codes = Your recovery codes
recovery-codes-text = Each code signs you in once if you cannot use your authenticator app. Keep the codes where no other person finds them, such as in a password manager. They are not shown again.
recovery-codes-replaced = Earlier recovery codes are no longer valid.
recovery-codes-kept = I have kept the codes
recovery-codes-renew = New recovery codes
recovery-codes-left = { $count ->
    [0] You have no recovery codes left.
    [one] You have one recovery code left.
   *[other] You have { $count } recovery codes left.
}
setting-second-factor = Whether users of local stores sign in with a second factor: off, optional, or required
user-new = New user
user-add = Add user
user-roles-hint = Separated by spaces. The roles decide which scopes the user may have.
user-roles-set = The roles are saved. Existing tokens keep their scopes until they are renewed.
user-must-change = must be changed at the next sign-in
user-recovery-codes = { $count ->
    [one] One recovery code is left.
   *[other] { $count } recovery codes are left.
}
user-password = Give a one-time password
user-password-title = Give { $user } a one-time password?
user-password-consequence = The user's present password no longer works. All sessions, grants and tokens of the user end. At the next sign-in the user must choose another password.
one-time-password = One-time password
one-time-password-text = Give this password to the user in person or by telephone. At the next sign-in the user must choose another one.
user-second-factor-reset = Reset the second factor
user-second-factor-title = Reset the second factor of { $user }?
user-second-factor-consequence = The user signs in with the password alone, until the user sets up a second factor again. Do this only if you are sure who asks. All sessions of the user end.
user-second-factor-was-reset = The second factor is reset.
user-sessions = Sessions
user-sessions-none = The user is not signed in.
user-session-end = End
user-sessions-end = End sessions
user-sessions-end-all = End all sessions
user-sessions-title = End sessions of { $user }?
user-session-consequence = The browser with this session is signed out. Applications keep their access.
user-sessions-consequence = The user is signed out in every browser. Applications keep their access.
user-sessions-ended = { $count ->
    [one] One session has ended.
   *[other] { $count } sessions have ended.
}
user-access = Applications with access to the account
user-access-none = None.
user-access-withdraw = Withdraw access
user-access-all = Withdraw all access
user-access-title = Withdraw access to the account of { $user }?
user-access-consequence = The application's tokens for this user are refused, and it must ask the user again.
user-access-all-consequence = All tokens for this user are refused, and every application must ask the user again.
second-factor-not = not set up

## Importing APIs

api-remove-title = Remove the API { $api }
api-remove-consequence = Edges refuse every request to this API from now on. All subscriptions to it end, and the tokens that contain one are revoked.
import-api = Import an API
import-about = About the API
import-apply = Apply
import-approval = Subscriptions need approval
import-changed-meanwhile = The API has changed since this page was made. Look at what changes now, and apply it again.
import-context = Context
import-context-hint = The path that all paths of the API begin with. If you leave it empty: the path of the document's first server.
import-document = OpenAPI document
import-document-hint = OpenAPI 3.0 or 3.1 in JSON or YAML, at most 4 MiB.
import-edit = Edit
import-every-tier = Every tier
import-hosts = Hosts
import-hosts-of-servers = Limit the API to the hosts of the document's servers.
import-name = Name of the API
import-name-hint = If you leave it empty: made from the document's title.
import-preview = Preview
import-preview-change = Change the API { $api }
import-preview-new = New API { $api }
import-refused = The document cannot be imported:
import-replace-schemes = A token replaces API keys, HTTP Basic and mutual TLS.
import-resources-new = New resources
import-resources-changed = Changed resources
import-resources-removed = Removed resources
import-same = Nothing would change for edges and tiers.
import-scopes-new = New scopes
import-scopes-removed = Removed scopes
import-tiers = Tiers
import-tiers-hint = The tiers at which applications can subscribe. If you choose none: every tier.
import-tiers-new = Tiers added to the API
import-tiers-removed = Tiers no longer offered
import-title = Title
import-version = Version
import-version-hint = If you leave it empty: the document's version.
scope-description-hint = What the scope allows, for people who decide about it.
tier-change-title = Change the tier { $tier }
tier-changed = The tier { $tier } is changed.
import-warning-public = { $count ->
    [one] 1 resource becomes public: everyone may call it without a token.
   *[other] { $count } resources become public: everyone may call them without a token.
}
import-warning-removed = { $count ->
    [one] 1 resource is removed: edges refuse requests to it.
   *[other] { $count } resources are removed: edges refuse requests to them.
}

## Branding

branding = Branding
branding-accent = Accent colour
branding-accent-hint = The colour of buttons and links, such as <code>#0f6b64</code>. It must be dark enough for white text on it; the colour of the dark theme follows from it.
branding-change = Change the branding
branding-help = Help
branding-intro = What users see on the sign-in page, when they allow access, and in the portal. Empty fields use the default.
branding-link-hint = An address that begins with <code>https://</code>.
branding-logo = Logo
branding-logo-is = { $type }, { $bytes } bytes
branding-logo-remove = Remove the logo
branding-name = Name
branding-name-hint = It is shown instead of the host, at the top of each page. A logo is set with <code>postern admin branding change --logo FILE</code> or the management API.
branding-preview = Preview
branding-preview-lead = Nothing is saved yet.
branding-privacy = Privacy
branding-saved = The branding is saved.
branding-terms = Terms of use
branding-text-de = Text on the sign-in page, in German
branding-text-en = Text on the sign-in page, in English
branding-text-hint = Plain text of at most 500 characters, also for languages without a text of their own.
