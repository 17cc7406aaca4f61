#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/clock.h"
#include "cable/netns.h"
#include "phone-sim/driver/tls.h"
#include "phone-sim/driver/tls_identity.h"
#include "phone-sim/driver/tls_shared.h"
#include "tests/support/command.h"
#include "tests/support/sandbox.h"

/*
 * TLS of a phone against `openssl s_server`, and against servers that keep to no protocol. What s_server prints is the
 * witness: cipher, certificate of the client, alerts.
 */
#define LOOPBACK   0x7f000001u
#define SECOND	   1000000u
#define PORT	   5061
#define WILD_PORT  5062
#define DEAD_PORT  5063
#define SERVER_LOG "/tmp/s_server.log"
#define KEY_LOG	   "/tmp/keys.log"

enum answer {
	ANSWER_TRUST,
	ANSWER_REFUSE,
	ANSWER_CLOSE, /* the owner closes within peer */
	ANSWER_NEVER,
};

/* Where the owner closes by itself. */
enum leave {
	LEAVE_NOT,
	LEAVE_CONNECTED,
	LEAVE_READABLE,
};

static struct bench {
	struct event_base *base;
	struct tls_shared *shared;
	struct tls_sessions *sessions;
	struct tls_identity *rsa, *ec;
	struct sandbox_child server;
	int server_input; /* write end of a FIFO, or -1 */
	struct evconnlistener *listener;
	const void *script; /* what the wild server sends after the first bytes of the client */
	size_t script_length;
	bool half_close, at_once;
	SSL_CTX *renewing; /* the wild server speaks TLS, and renews every ticket; or NULL */
	unsigned renewed;

	struct tls *tls;
	enum answer answer;
	enum leave leave;
	const char *to_send;
	const char *expect; /* close when this has been read */
	bool asked, connected, closed, resumed;
	uint8_t der[70000];
	size_t der_length;
	char read[1000], detail[200], cipher[80];
	struct tls_end end;
} bench;

/* --- files --- */

static void shell(const char *line)
{
	struct command_result result = command_sh(60, "%s", line);

	if (result.status)
		fail_msg("%s: %s", line, result.err);
	command_free(&result);
}

static char *read_file(const char *path, size_t *length)
{
	FILE *file = fopen(path, "re");
	char *bytes = calloc(1, 1 << 20);

	assert_non_null(bytes);
	*length = 0;
	if (file) {
		*length = fread(bytes, 1, (1 << 20) - 1, file);
		fclose(file);
	}
	return bytes;
}

static bool holds(const char *path, const char *needle)
{
	size_t length;
	char *text = read_file(path, &length);
	bool found = strstr(text, needle) != NULL;

	free(text);
	return found;
}

static bool server_said(void *arg)
{
	return holds(SERVER_LOG, arg);
}

static void expect_server(const char *text)
{
	size_t length;
	char *log;

	if (sandbox_until(10000, server_said, (void *)(uintptr_t)text))
		return;
	log = read_file(SERVER_LOG, &length);
	fail_msg("openssl s_server did not print \"%s\" but: %s", text, log);
}

/* --- s_server --- */

static void stop_server(void)
{
	sandbox_end(&bench.server);
	if (bench.server_input >= 0)
		close(bench.server_input);
	bench.server_input = -1;
}

/* Each test has one server. arguments follow the common ones. */
static void start_server(const char *arguments)
{
	char line[900];
	const char *argv[] = {"sh", "-c", line, NULL};

	stop_server();
	unlink(SERVER_LOG);
	snprintf(line, sizeof(line),
		 "exec openssl s_server -accept 127.0.0.1:%d %s </tmp/input >" SERVER_LOG " 2>&1", PORT,
		 arguments);
	/* Both ends, so that the server reads no end of file. */
	bench.server_input = open("/tmp/input", O_RDWR | O_CLOEXEC);
	assert_true(bench.server_input >= 0);
	assert_true(sandbox_spawn(&bench.server, -1, argv));
	expect_server("ACCEPT");
}

#define RSA_SERVER "-cert /tmp/rsa.crt -key /tmp/rsa.key -rev "
#define EC_SERVER  "-cert /tmp/ec.crt -key /tmp/ec.key -rev "

/* --- the wild server --- */

static void on_wild_event(struct bufferevent *bev, short what, void *arg)
{
	(void)what;
	(void)arg;
	bufferevent_free(bev);
}

static void on_wild_written(struct bufferevent *bev, void *arg)
{
	(void)arg;
	if (bench.half_close)
		shutdown(bufferevent_getfd(bev), SHUT_WR);
}

static void on_wild_read(struct bufferevent *bev, void *arg)
{
	evbuffer_drain(bufferevent_get_input(bev), SIZE_MAX);
	if (bench.script)
		bufferevent_write(bev, bench.script, bench.script_length);
	else
		on_wild_written(bev, arg);
	bench.script = NULL;
}

/* Tickets are encrypted with a constant key; every one that comes back is renewed. */
static int on_ticket(SSL *ssl, unsigned char name[16], unsigned char *iv, EVP_CIPHER_CTX *cipher,
		     EVP_MAC_CTX *mac, int encrypt)
{
	unsigned char key[32] = {1};
	OSSL_PARAM of_mac[] = {OSSL_PARAM_octet_string(OSSL_MAC_PARAM_KEY, key, sizeof(key)),
			       OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t) "sha256", 0),
			       OSSL_PARAM_END};

	(void)ssl;
	if (encrypt) {
		memset(name, 0, 16);
		memset(iv, 0, EVP_MAX_IV_LENGTH);
	}
	assert_int_equal(EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, key, iv, encrypt), 1);
	assert_int_equal(EVP_MAC_CTX_set_params(mac, of_mac), 1);
	bench.renewed += !encrypt;
	return encrypt ? 1 : 2;
}

static SSL_CTX *renewing_server(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	assert_non_null(context);
	assert_int_equal(SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION), 1);
	assert_int_equal(SSL_CTX_use_certificate_file(context, "/tmp/rsa.crt", SSL_FILETYPE_PEM), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey_file(context, "/tmp/rsa.key", SSL_FILETYPE_PEM), 1);
	assert_int_equal(SSL_CTX_set_session_id_context(context, (const unsigned char *)"test", 4), 1);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
	return context;
}

static void on_wild_accept(struct evconnlistener *listener, int fd, struct sockaddr *from, int length,
			   void *arg)
{
	struct bufferevent *bev =
	    bench.renewing ? bufferevent_openssl_socket_new(bench.base, fd, SSL_new(bench.renewing),
							    BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE)
			   : bufferevent_socket_new(bench.base, fd, BEV_OPT_CLOSE_ON_FREE);

	(void)listener;
	(void)from;
	(void)length;
	(void)arg;
	bufferevent_setcb(bev, on_wild_read, on_wild_written, on_wild_event, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	if (bench.at_once)
		bufferevent_free(bev);
}

/* --- the phone --- */

static void leave(void)
{
	tls_close(bench.tls, false);
	bench.tls = NULL;
	event_base_loopbreak(bench.base);
}

static void on_peer(void *arg, const uint8_t *der, size_t length)
{
	(void)arg;
	assert_false(bench.asked);
	bench.asked = true;
	assert_true(length <= sizeof(bench.der));
	memcpy(bench.der, der, length);
	bench.der_length = length;
	switch (bench.answer) {
	case ANSWER_TRUST: tls_trust(bench.tls); break;
	case ANSWER_REFUSE:
		tls_refuse(bench.tls);
		bench.tls = NULL;
		event_base_loopbreak(bench.base);
		break;
	case ANSWER_CLOSE: leave(); break;
	case ANSWER_NEVER: event_base_loopbreak(bench.base); break;
	}
}

static void on_connected(void *arg, uint32_t address, uint16_t port)
{
	(void)arg;
	assert_true(bench.asked);
	assert_int_equal(address, LOOPBACK);
	assert_true(port > 0);
	bench.connected = true;
	bench.resumed = tls_resumed(bench.tls);
	snprintf(bench.cipher, sizeof(bench.cipher), "%s", tls_cipher(bench.tls));
	if (bench.leave == LEAVE_CONNECTED || !bench.expect)
		leave();
}

static void on_readable(void *arg, struct evbuffer *input)
{
	size_t at = strlen(bench.read);
	int length = evbuffer_remove(input, bench.read + at, sizeof(bench.read) - 1 - at);

	(void)arg;
	assert_true(bench.connected);
	bench.read[at + (size_t)(length > 0 ? length : 0)] = 0;
	if (bench.leave == LEAVE_READABLE || (bench.expect && strstr(bench.read, bench.expect)))
		leave();
}

static void on_closed(void *arg, const struct tls_end *end)
{
	(void)arg;
	assert_false(bench.closed);
	bench.closed = true;
	bench.end = *end;
	snprintf(bench.detail, sizeof(bench.detail), "%s", end->detail ? end->detail : "");
	for (const char *c = bench.detail; *c; c++)
		assert_true(*c >= ' ' && *c < 127);
	leave();
}

static struct tls_order order_of(enum phone_tls mode, uint16_t port)
{
	return (struct tls_order){.base = bench.base,
				  .ns = -1,
				  .address = LOOPBACK,
				  .port = port,
				  .timeout_us = 20 * SECOND,
				  .mode = mode};
}

static const struct tls_calls calls = {on_peer, on_connected, on_readable, on_closed};

/* Run the loop until the connection is closed or the phone leaves. */
static void run(const struct tls_order *order)
{
	struct fail fail = {0};

	bench.asked = bench.connected = bench.closed = false;
	bench.read[0] = bench.detail[0] = 0;
	assert_int_equal(tls_open(&bench.tls, bench.shared, order, &calls, NULL, &fail), 0);
	if (bench.to_send)
		assert_int_equal(tls_send(bench.tls, bench.to_send, strlen(bench.to_send)), 0);
	event_base_dispatch(bench.base);
	if (bench.answer != ANSWER_NEVER)
		assert_null(bench.tls);
}

static void run_mode(enum phone_tls mode)
{
	struct tls_order order = order_of(mode, PORT);

	order.identity = bench.rsa;
	run(&order);
}

static void expect_failure(int error, const char *detail)
{
	assert_true(bench.closed);
	assert_false(bench.connected);
	assert_string_equal(bench.detail, detail);
	assert_int_equal(bench.end.error, error);
}

static void expect_certificate(const char *path)
{
	char line[200];
	size_t length;
	char *bytes;

	snprintf(line, sizeof(line), "openssl x509 -in %s -outform DER -out /tmp/expected.der", path);
	shell(line);
	bytes = read_file("/tmp/expected.der", &length);
	assert_int_equal(bench.der_length, length);
	assert_memory_equal(bench.der, bytes, length);
	free(bytes);
}

static int setup(void **state)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_port = htons(WILD_PORT), .sin_addr.s_addr = htonl(LOOPBACK)};
	struct fail fail = {0};

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	bench.server.pid = -1;
	bench.server.out = -1;
	bench.server_input = -1;
	assert_int_equal(netns_loopback_up(-1, &fail), 0);
	assert_int_equal(mkfifo("/tmp/input", 0600), 0);
	shell("cd /tmp; for kind in rsa:2048 ec; do name=${kind%:*}; "
	      "options=; [ $name = rsa ] || options='-pkeyopt ec_paramgen_curve:prime256v1'; "
	      "openssl req -x509 -newkey $kind $options -nodes -keyout $name.key -out $name.crt -days 30 "
	      "-subj /CN=cucm-pub-$name; "
	      "openssl req -x509 -newkey $kind $options -nodes -keyout phone.key -out phone.crt -days 30 "
	      "-subj /CN=CP-8841-SEP001122AABB01-$name; cat phone.key phone.crt >phone-$name.pem; done");
	assert_int_equal(tls_identity_read(&bench.rsa, "/tmp/phone-rsa.pem", &fail), 0);
	assert_int_equal(tls_identity_read(&bench.ec, "/tmp/phone-ec.pem", &fail), 0);
	bench.base = event_base_new();
	bench.sessions = tls_sessions_new();
	assert_int_equal(tls_shared_new(&bench.shared, KEY_LOG, &fail), 0);
	bench.listener = evconnlistener_new_bind(bench.base, on_wild_accept, NULL,
						 LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 16,
						 (struct sockaddr *)&at, sizeof(at));
	assert_non_null(bench.listener);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stop_server();
	evconnlistener_free(bench.listener);
	tls_sessions_free(bench.sessions);
	tls_shared_free(bench.shared);
	tls_identity_free(bench.rsa);
	tls_identity_free(bench.ec);
	event_base_free(bench.base);
	return 0;
}

static int begin(void **state)
{
	(void)state;
	bench.answer = ANSWER_TRUST;
	bench.leave = LEAVE_NOT;
	bench.to_send = bench.expect = NULL;
	bench.script = NULL;
	bench.half_close = bench.at_once = false;
	tls_sessions_clear(bench.sessions);
	return 0;
}

/* --- tests: what works --- */

static void test_encrypted(void **state)
{
	(void)state;
	start_server(RSA_SERVER "-Verify 2 -tls1_2");
	bench.to_send = "REGISTER\n";
	bench.expect = "RETSIGER";
	run_mode(PHONE_TLS_ENCRYPTED);
	assert_string_equal(bench.cipher, "ECDHE-RSA-AES256-GCM-SHA384");
	expect_certificate("/tmp/rsa.crt");
	expect_server("Peer certificate: CN = CP-8841-SEP001122AABB01-rsa");
	expect_server("Ciphersuite: ECDHE-RSA-AES256-GCM-SHA384");
	expect_server("CONNECTION CLOSED");
}

static void test_authenticated(void **state)
{
	(void)state;
	start_server(RSA_SERVER "-Verify 2 -tls1_2 -cipher ALL:NULL-SHA:@SECLEVEL=0");
	bench.to_send = "REGISTER\n";
	bench.expect = "RETSIGER";
	run_mode(PHONE_TLS_AUTHENTICATED);
	assert_string_equal(bench.cipher, "NULL-SHA");
	expect_server("Client cipher list: NULL-SHA:");
	expect_server("Ciphersuite: NULL-SHA");
	expect_server("Peer certificate: CN = CP-8841-SEP001122AABB01-rsa");
}

static void test_elliptic(void **state)
{
	struct tls_order order = order_of(PHONE_TLS_ENCRYPTED, PORT);

	(void)state;
	start_server(EC_SERVER "-Verify 2");
	order.identity = bench.ec;
	order.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:AES256-SHA";
	run(&order);
	assert_true(bench.connected);
	assert_string_equal(bench.cipher, "ECDHE-ECDSA-AES128-GCM-SHA256");
	expect_certificate("/tmp/ec.crt");
	expect_server("Protocol version: TLSv1.2");
	expect_server("Client cipher list: ECDHE-ECDSA-AES128-GCM-SHA256:AES256-SHA:");
	expect_server("Peer certificate: CN = CP-8841-SEP001122AABB01-ec");
}

/* The second connection resumes the session of the first, and asks its owner about the same certificate. */
static void test_resumption(void **state)
{
	struct tls_order order = order_of(PHONE_TLS_ENCRYPTED, PORT);

	(void)state;
	start_server(RSA_SERVER "-Verify 2");
	order.identity = bench.rsa;
	order.sessions = bench.sessions;
	order.resume_s = 3600;
	bench.to_send = "one\n";
	bench.expect = "eno";
	run(&order);
	assert_false(bench.resumed);
	run(&order);
	assert_true(bench.resumed);
	expect_certificate("/tmp/rsa.crt");
	bench.answer = ANSWER_REFUSE; /* then its session is forgotten */
	run(&order);
	assert_false(bench.connected);
	bench.answer = ANSWER_TRUST;
	run(&order);
	assert_false(bench.resumed);
	order.resume_s = 0;
	run(&order);
	assert_false(bench.resumed);
	/* A server that has forgotten: a whole handshake. */
	order.resume_s = 3600;
	run(&order);
	start_server(RSA_SERVER "-Verify 2");
	run(&order);
	assert_true(bench.connected);
	assert_false(bench.resumed);
}

static void test_session_age(void **state)
{
	SSL_SESSION *session;
	struct tls_order order = order_of(PHONE_TLS_ENCRYPTED, PORT);
	uint64_t since;

	(void)state;
	start_server(RSA_SERVER);
	order.sessions = bench.sessions;
	order.resume_s = 3600;
	run(&order);
	session = tls_sessions_find(bench.sessions, LOOPBACK, PORT, PHONE_TLS_ENCRYPTED, 3600, 0, &since);
	assert_null(session); /* now_us before the session was made: too old, and dropped */
	run(&order);
	assert_false(bench.resumed);
	session = tls_sessions_find(bench.sessions, LOOPBACK, PORT, PHONE_TLS_ENCRYPTED, UINT32_MAX,
				    UINT64_MAX / 2, &since);
	assert_null(session);
}

/* The server sends a new ticket with each resumed handshake. The session is as old as its first, whole handshake. */
static void test_renewed_ticket(void **state)
{
	struct tls_order order = order_of(PHONE_TLS_ENCRYPTED, WILD_PORT);
	uint64_t first, second;
	SSL_SESSION *old, *new;

	(void)state;
	bench.renewing = renewing_server();
	bench.renewed = 0;
	order.sessions = bench.sessions;
	order.resume_s = 3600;
	run(&order);
	assert_false(bench.resumed);
	old = tls_sessions_find(bench.sessions, LOOPBACK, WILD_PORT, PHONE_TLS_ENCRYPTED, 3600,
				clock_now_us(), &first);
	assert_non_null(old);
	SSL_SESSION_up_ref(old);
	run(&order);
	assert_true(bench.resumed);
	assert_int_equal(bench.renewed, 1);
	new = tls_sessions_find(bench.sessions, LOOPBACK, WILD_PORT, PHONE_TLS_ENCRYPTED, 3600,
				clock_now_us(), &second);
	assert_non_null(new);
	assert_ptr_not_equal(new, old);
	assert_int_equal(second, first);
	SSL_SESSION_free(old);
	SSL_CTX_free(bench.renewing);
	bench.renewing = NULL;
}

static SSL_SESSION *session_of(uint16_t port)
{
	SSL_SESSION *session = SSL_SESSION_new();
	const unsigned char id[] = {(unsigned char)port, 1};

	assert_non_null(session);
	assert_int_equal(SSL_SESSION_set1_id(session, id, sizeof(id)), 1);
	return session;
}

static unsigned sessions_kept(uint16_t last)
{
	unsigned kept = 0;
	uint64_t since;

	for (uint16_t port = 1; port <= last; port++)
		kept += tls_sessions_find(bench.sessions, LOOPBACK, port, PHONE_TLS_ENCRYPTED, 3600, 100,
					  &since) != NULL;
	return kept;
}

/* To forget a session that is not there drops no other one; a ninth takes the place of the oldest. */
static void test_forget_session(void **state)
{
	uint64_t since;

	(void)state;
	for (uint16_t port = 1; port <= 8; port++)
		tls_sessions_store(bench.sessions, LOOPBACK, port, PHONE_TLS_ENCRYPTED, session_of(port),
				   port);
	assert_int_equal(sessions_kept(8), 8);
	tls_sessions_forget(bench.sessions, LOOPBACK, 9, PHONE_TLS_ENCRYPTED);
	tls_sessions_forget(bench.sessions, LOOPBACK, 1, PHONE_TLS_SERVICE);
	tls_sessions_forget(bench.sessions, LOOPBACK + 1, 1, PHONE_TLS_ENCRYPTED);
	assert_int_equal(sessions_kept(8), 8);
	tls_sessions_store(bench.sessions, LOOPBACK, 9, PHONE_TLS_ENCRYPTED, session_of(9), 9);
	assert_int_equal(sessions_kept(9), 8);
	assert_null(tls_sessions_find(bench.sessions, LOOPBACK, 1, PHONE_TLS_ENCRYPTED, 3600, 100, &since));
	tls_sessions_forget(bench.sessions, LOOPBACK, 5, PHONE_TLS_ENCRYPTED);
	assert_int_equal(sessions_kept(9), 7);
	assert_null(tls_sessions_find(bench.sessions, LOOPBACK, 5, PHONE_TLS_ENCRYPTED, 3600, 100, &since));
}

/* A phone that has no certificate, at a server that only asks for one. */
static void test_without_identity(void **state)
{
	struct tls_order order = order_of(PHONE_TLS_SERVICE, PORT);

	(void)state;
	start_server(RSA_SERVER "-verify 2");
	bench.to_send = "x\n";
	bench.expect = "x";
	run(&order);
	expect_server("No peer certificate");
}

static void test_key_log(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(KEY_LOG, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(holds(KEY_LOG, "CLIENT_RANDOM "));
}

/* --- tests: named failures --- */

static void test_refused(void **state)
{
	(void)state;
	start_server(RSA_SERVER "-Verify 2");
	bench.answer = ANSWER_REFUSE;
	run_mode(PHONE_TLS_ENCRYPTED);
	assert_false(bench.connected);
	expect_server("alert unknown ca");
	assert_false(holds(SERVER_LOG, "SEP001122AABB01")); /* it never learned who called */
}

static void test_no_cipher(void **state)
{
	struct tls_order order = order_of(PHONE_TLS_ENCRYPTED, PORT);
	struct fail fail = {0};

	(void)state;
	start_server(RSA_SERVER "-cipher AES128-SHA256");
	run_mode(PHONE_TLS_ENCRYPTED);
	expect_failure(EPROTO, "no common cipher (alert handshake failure)");
	assert_int_equal(bench.end.alert, 40);
	assert_false(bench.end.alert_sent);
	run_mode(PHONE_TLS_AUTHENTICATED);
	expect_failure(EPROTO, "no common cipher (alert handshake failure)");
	order.ciphers = "NO-SUCH-CIPHER";
	assert_int_equal(tls_open(&bench.tls, bench.shared, &order, &calls, NULL, &fail), -EINVAL);
	assert_string_equal(fail.text, "TLS: no cipher left to offer");
}

static void test_no_version(void **state)
{
	(void)state;
	start_server(RSA_SERVER "-tls1_1 -cipher ALL:@SECLEVEL=0");
	run_mode(PHONE_TLS_ENCRYPTED);
	expect_failure(EPROTO, "no common TLS version");
	assert_int_equal(bench.end.alert, 70);
	start_server(RSA_SERVER "-tls1_3");
	run_mode(PHONE_TLS_ENCRYPTED);
	expect_failure(EPROTO, "no common TLS version (alert protocol version)");
}

static void test_client_certificates(void **state)
{
	struct tls_order order = order_of(PHONE_TLS_ENCRYPTED, PORT);

	(void)state;
	start_server(RSA_SERVER "-Verify 2 -verify_return_error");
	run(&order);
	expect_failure(EPROTO, "the server wants a certificate, the phone has none");
	assert_true(bench.asked);
	order.identity = bench.rsa;
	run(&order);
	expect_failure(EPROTO, "alert unknown ca");
	assert_int_equal(bench.end.alert, 48);
}

static void test_no_server(void **state)
{
	struct tls_order order = order_of(PHONE_TLS_ENCRYPTED, DEAD_PORT);

	(void)state;
	run(&order);
	expect_failure(ECONNREFUSED, "");
	assert_int_equal(bench.end.alert, -1);
}

/* --- tests: hostile servers --- */

static void wild(uint64_t timeout_us)
{
	struct tls_order order = order_of(PHONE_TLS_ENCRYPTED, WILD_PORT);

	order.identity = bench.rsa;
	order.timeout_us = timeout_us;
	run(&order);
}

static void test_stall(void **state)
{
	static const uint8_t begun[] = {22, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc, 3, 3};

	(void)state;
	wild(SECOND / 5);
	expect_failure(ETIMEDOUT, "the TLS handshake took too long");
	bench.script = begun; /* a record of 16 KiB begins and does not end */
	bench.script_length = sizeof(begun);
	wild(SECOND / 5);
	expect_failure(ETIMEDOUT, "the TLS handshake took too long");
}

static void test_closes(void **state)
{
	(void)state;
	bench.at_once = true;
	wild(20 * SECOND);
	assert_true(bench.closed && !bench.connected);
	bench.at_once = false;
	bench.half_close = true;
	wild(20 * SECOND);
	expect_failure(EPROTO, "closed during the TLS handshake");
}

static void test_garbage(void **state)
{
	static const char http[] = "HTTP/1.1 400 Bad Request\r\n\r\n", sip[] = "SIP/2.0 400 Bad\r\n\r\n";
	uint8_t noise[30000];

	(void)state;
	bench.script = http;
	bench.script_length = sizeof(http) - 1;
	wild(20 * SECOND);
	expect_failure(EPROTO, "the server does not speak TLS");
	bench.script = sip;
	bench.script_length = sizeof(sip) - 1;
	wild(20 * SECOND);
	expect_failure(EPROTO, "the server does not speak TLS");
	for (unsigned seed = 0; seed < 300; seed++) {
		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = (uint8_t)(seed * 7 + i * i * 31 + (i >> 3));
		if (seed & 1) /* in a record of the handshake */
			memcpy(noise, (const uint8_t[]){22, 3, 3, 0x3f, 0xff, (uint8_t)(seed >> 1)}, 6);
		bench.script = noise;
		bench.script_length = seed & 2 ? 5 + seed : sizeof(noise);
		bench.half_close = true;
		wild(20 * SECOND);
		assert_true(bench.closed && !bench.connected);
	}
}

/* Some 32 certificates, and one whose name has control characters. */
static void test_odd_certificates(void **state)
{
	(void)state;
	shell("cd /tmp; for i in $(seq 20); do cat rsa.crt; done >chain.crt");
	start_server(RSA_SERVER "-cert_chain /tmp/chain.crt");
	run_mode(PHONE_TLS_ENCRYPTED);
	assert_true(bench.connected);
	expect_certificate("/tmp/rsa.crt");
	shell("cd /tmp; for i in $(seq 100); do cat rsa.crt; done >chain.crt");
	start_server(RSA_SERVER "-cert_chain /tmp/chain.crt");
	run_mode(PHONE_TLS_ENCRYPTED);
	expect_failure(EPROTO, "a handshake message is too large");
	shell("cd /tmp; openssl req -x509 -key rsa.key -out odd.crt -days 30 "
	      "-subj \"/CN=$(printf 'cucm\\n\\033[31m\\001pub')\"");
	start_server("-cert /tmp/odd.crt -key /tmp/rsa.key -rev -Verify 2 -verify_return_error");
	run_mode(PHONE_TLS_ENCRYPTED);
	expect_certificate("/tmp/odd.crt");
	assert_string_equal(bench.detail, "alert unknown ca");
}

/* The server wants to negotiate again: it gets a warning, and the connection goes on or ends in order. */
static void test_renegotiation(void **state)
{
	struct fail fail = {0};
	struct tls_order order = order_of(PHONE_TLS_ENCRYPTED, PORT);

	(void)state;
	start_server("-cert /tmp/rsa.crt -key /tmp/rsa.key -tls1_2 -msg");
	bench.expect = "never";
	bench.asked = bench.connected = bench.closed = false;
	assert_int_equal(tls_open(&bench.tls, bench.shared, &order, &calls, NULL, &fail), 0);
	while (!bench.connected && !bench.closed)
		event_base_loop(bench.base, EVLOOP_ONCE);
	assert_true(bench.connected);
	assert_int_equal(write(bench.server_input, "r\n", 2), 2);
	event_base_dispatch(bench.base);
	assert_true(bench.closed);
	assert_null(bench.tls);
	expect_server("no renegotiation");
}

/* The owner closes within each of the calls; the loop goes on. */
static void test_close_within(void **state)
{
	(void)state;
	start_server(RSA_SERVER);
	bench.to_send = "x\n";
	bench.expect = "x";
	bench.answer = ANSWER_CLOSE;
	run_mode(PHONE_TLS_ENCRYPTED);
	bench.answer = ANSWER_TRUST;
	bench.leave = LEAVE_CONNECTED;
	run_mode(PHONE_TLS_ENCRYPTED);
	bench.leave = LEAVE_READABLE;
	run_mode(PHONE_TLS_ENCRYPTED);
	assert_string_equal(bench.read, "x\n");
	event_base_loop(bench.base, EVLOOP_NONBLOCK);
}

/* While the owner thinks, the time limit does not run; the server may go. */
static void test_slow_decision(void **state)
{
	struct tls_order order = order_of(PHONE_TLS_ENCRYPTED, PORT);
	struct timeval pause = {0, 400000};

	(void)state;
	start_server(RSA_SERVER);
	order.timeout_us = SECOND / 5;
	bench.answer = ANSWER_NEVER;
	run(&order);
	assert_true(bench.asked);
	event_base_loopexit(bench.base, &pause);
	event_base_dispatch(bench.base);
	assert_false(bench.closed);
	bench.expect = "never";
	tls_trust(bench.tls);
	tls_trust(bench.tls);
	while (!bench.connected && !bench.closed)
		event_base_loop(bench.base, EVLOOP_ONCE);
	assert_true(bench.connected);
	leave();
	event_base_loop(bench.base, EVLOOP_NONBLOCK);
	run(&order);
	stop_server();
	event_base_dispatch(bench.base);
	assert_true(bench.closed);
	assert_false(bench.connected);
}

static void test_identities(void **state)
{
	struct tls_identity *identity, *copy;
	struct fail fail = {0};
	uint8_t *certificate, *key;
	size_t certificate_length, key_length;

	(void)state;
	shell("cd /tmp; cat rsa.key ec.crt >mixed.pem; cat rsa.crt >half.pem; "
	      "openssl rsa -in rsa.key -aes128 -passout pass:x -out locked.key; cat locked.key rsa.crt "
	      ">locked.pem");
	assert_int_equal(tls_identity_read(&identity, "/tmp/mixed.pem", &fail), -EBADMSG);
	assert_string_equal(fail.text, "/tmp/mixed.pem: the private key is not that of the certificate");
	assert_int_equal(tls_identity_read(&identity, "/tmp/half.pem", &fail), -EBADMSG);
	assert_string_equal(fail.text, "/tmp/half.pem: no readable private key");
	assert_int_equal(tls_identity_read(&identity, "/tmp/locked.pem", &fail), -EBADMSG);
	assert_int_equal(tls_identity_read(&identity, "/tmp/rsa.key", &fail), -EBADMSG);
	assert_string_equal(fail.text, "/tmp/rsa.key: no certificate");
	assert_int_equal(tls_identity_read(&identity, "/tmp/none.pem", &fail), -ENOENT);
	certificate = tls_identity_certificate(bench.rsa, &certificate_length);
	key = tls_identity_key(bench.rsa, &key_length);
	assert_non_null(certificate);
	assert_non_null(key);
	assert_int_equal(
	    tls_identity_decode(&copy, "lsc", certificate, certificate_length, key, key_length, &fail), 0);
	tls_identity_free(copy);
	assert_int_equal(
	    tls_identity_decode(&copy, "lsc", certificate, certificate_length, key, key_length / 2, &fail),
	    -EBADMSG);
	assert_int_equal(tls_identity_decode(&copy, "lsc", NULL, 0, NULL, 0, &fail), -EBADMSG);
	free(certificate);
	free(key);
}

static int tests(void)
{
	static const struct CMUnitTest all[] = {
	    cmocka_unit_test_setup(test_encrypted, begin),
	    cmocka_unit_test_setup(test_authenticated, begin),
	    cmocka_unit_test_setup(test_elliptic, begin),
	    cmocka_unit_test_setup(test_resumption, begin),
	    cmocka_unit_test_setup(test_session_age, begin),
	    cmocka_unit_test_setup(test_renewed_ticket, begin),
	    cmocka_unit_test_setup(test_forget_session, begin),
	    cmocka_unit_test_setup(test_without_identity, begin),
	    cmocka_unit_test_setup(test_key_log, begin),
	    cmocka_unit_test_setup(test_refused, begin),
	    cmocka_unit_test_setup(test_no_cipher, begin),
	    cmocka_unit_test_setup(test_no_version, begin),
	    cmocka_unit_test_setup(test_client_certificates, begin),
	    cmocka_unit_test_setup(test_no_server, begin),
	    cmocka_unit_test_setup(test_stall, begin),
	    cmocka_unit_test_setup(test_closes, begin),
	    cmocka_unit_test_setup(test_garbage, begin),
	    cmocka_unit_test_setup(test_odd_certificates, begin),
	    cmocka_unit_test_setup(test_renegotiation, begin),
	    cmocka_unit_test_setup(test_close_within, begin),
	    cmocka_unit_test_setup(test_slow_decision, begin),
	    cmocka_unit_test_setup(test_identities, begin),
	};

	return cmocka_run_group_tests(all, setup, teardown);
}

int main(void)
{
	return sandbox_run(tests, 60);
}
