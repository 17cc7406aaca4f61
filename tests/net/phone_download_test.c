#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <openssl/evp.h>

#include "cable/address.h"
#include "cable/link.h"
#include "cable/netns.h"
#include "phone-sim/driver/dns.h"
#include "phone-sim/driver/download.h"
#include "phone-sim/driver/tcp.h"
#include "phone-sim/driver/tls_shared.h"
#include "tests/support/sandbox.h"

/*
 * What becomes of a file, a name or a connection, asked for from inside a phone's namespace, of real servers
 * (lighttpd, dnsmasq) and of scripted ones that misbehave. The phone is 10.9.0.2; the servers live in the
 * namespace of the test, 10.9.0.1, and see where the requests come from.
 */
#define SERVER	    0x0a090001u /* 10.9.0.1 */
#define NOBODY	    0x0a090063u /* 10.9.0.99: on the link, but nobody is there */
#define BLACK_HOLE  0x0a080001u /* 10.8.0.1: behind the server, which does not forward */
#define NO_ROUTE    0x0b000001u
#define SECOND	    1000000u
#define BIG	    300000 /* bytes of big.sbn */
#define HTTP_PORT   6970
#define TLS_PORT    6971
#define MUTE_PORT   6972 /* accepts, and says nothing */
#define BROKEN_PORT 6980

struct bench {
	struct event_base *base;
	int phone; /* namespace */
	struct sandbox_child http, names, tls;
	struct tls_shared *shared;
	enum answer { TRUST, REFUSE } answer;
	unsigned asked;
	struct evconnlistener *listener;
	const char *script; /* what the broken server says before it closes */
	bool said;
	bool hang; /* and then it does not close */
	struct flash *flash;
	struct phone_event got;
	struct phone_fetch_facts facts;
	char detail[200];
	char bytes[4096];
	uint32_t address[4];
	unsigned count, done;
	bool timed_out;
	struct download_order *next; /* started by the answer to the first */
};

static struct bench bench;

static void on_peer(void *arg, struct download *download, const uint8_t *der, size_t length);

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static bool answers(void *arg)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)(uintptr_t)arg),
				 .sin_addr.s_addr = htonl(SERVER)};
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool up = connect(sock, (struct sockaddr *)&to, sizeof(to)) == 0;

	close(sock);
	return up;
}

/* The servers, as a lab runs them. */
static void start_servers(void)
{
	static const char *const lighttpd[] = {"lighttpd", "-D", "-f", "/tmp/lighttpd.conf", NULL};
	static const char *const tls[] = {
	    "sh", "-c",
	    "cd /tmp/root && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
	    "-keyout /tmp/tls.key -out /tmp/tls.crt -days 30 -subj /CN=tftp1-EC && "
	    "exec openssl s_server -accept 10.9.0.1:6971 -cert /tmp/tls.crt -key /tmp/tls.key -WWW -msg",
	    NULL};
	static const char *const dnsmasq[] = {"dnsmasq", "--keep-in-foreground",
					      "--conf-file=/tmp/dnsmasq.conf", NULL};
	char big[BIG + 1];

	assert_int_equal(mkdir("/tmp/root", 0755), 0);
	write_file("/tmp/root/SEP001122AABB01.cnf.xml", "<device/>");
	write_file("/tmp/root/with space.xml", "spaced");
	write_file("/tmp/root/empty.xml", "");
	for (int i = 0; i < BIG; i++)
		big[i] = (char)('a' + i % 23);
	big[BIG] = 0;
	write_file("/tmp/root/big.sbn", big);
	write_file("/tmp/root/secret.xml", "x");
	assert_int_equal(chmod("/tmp/root/secret.xml", 0), 0);
	write_file("/tmp/lighttpd.conf",
		   "server.document-root = \"/tmp/root\"\nserver.port = 6970\n"
		   "server.bind = \"10.9.0.1\"\nserver.modules = (\"mod_accesslog\", \"mod_access\")\n"
		   "accesslog.filename = \"/tmp/access.log\"\n"
		   "url.access-deny = (\"secret.xml\")\n");
	write_file("/tmp/dnsmasq.conf",
		   "user=root\ngroup=\npid-file=\nlisten-address=10.9.0.1\nbind-interfaces\nno-"
		   "resolv\nno-hosts\n"
		   "address=/tftp1.lab.example/10.9.0.1\naddress=/short.example/10.9.0.7\nlocal=/example/\n"
		   "enable-tftp\ntftp-root=/tmp/root\nlog-facility=/tmp/dnsmasq.log\n");
	assert_true(sandbox_spawn(&bench.http, -1, lighttpd));
	assert_true(sandbox_spawn(&bench.names, -1, dnsmasq));
	assert_true(sandbox_spawn(&bench.tls, -1, tls));
	assert_true(sandbox_wait_text(&bench.tls, 20000, "ACCEPT"));
	assert_true(sandbox_until(10000, answers, (void *)(uintptr_t)HTTP_PORT));
	assert_true(sandbox_until(10000, answers, (void *)(uintptr_t)53));
}

static void on_broken_read(struct bufferevent *bev, void *arg)
{
	(void)arg;
	evbuffer_drain(bufferevent_get_input(bev), SIZE_MAX);
	if (bench.script && !bench.said)
		bufferevent_write(bev, bench.script, strlen(bench.script));
	else if (!bench.script && !bench.hang)
		bufferevent_free(bev);
	bench.said = true;
}

static void on_broken_written(struct bufferevent *bev, void *arg)
{
	(void)arg;
	if (bench.said && !bench.hang)
		bufferevent_free(bev);
}

static void on_broken_event(struct bufferevent *bev, short what, void *arg)
{
	(void)what;
	(void)arg;
	bufferevent_free(bev);
}

static void on_accept(struct evconnlistener *listener, int fd, struct sockaddr *from, int length, void *arg)
{
	struct bufferevent *bev = bufferevent_socket_new(bench.base, fd, BEV_OPT_CLOSE_ON_FREE);

	bench.said = false;
	(void)listener;
	(void)from;
	(void)length;
	(void)arg;
	bufferevent_setcb(bev, on_broken_read, on_broken_written, on_broken_event, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

static int setup(void **state)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_port = htons(BROKEN_PORT), .sin_addr.s_addr = htonl(SERVER)};
	const struct address ours = {{htonl(SERVER)}, 24}, phones = {{htonl(0x0a090002)}, 24};
	struct fail fail = {0};
	struct rtnl *here, *there;
	int index;

	(void)state;
	assert_int_equal(netns_new(&bench.phone, &fail), 0);
	assert_int_equal(netns_loopback_up(bench.phone, &fail), 0);
	assert_int_equal(rtnl_open(&here, -1, &fail), 0);
	assert_int_equal(rtnl_open(&there, bench.phone, &fail), 0);
	const struct link_veth veth = {.name = "srv", .peer_name = "eth0", .peer_ns = bench.phone};
	assert_int_equal(link_create_veth(here, &veth, &fail), 0);
	index = link_index(here, "srv", &fail);
	assert_int_equal(link_set_up(here, index, true, &fail), 0);
	assert_int_equal(address_add(here, index, &ours, &fail), 0);
	index = link_index(there, "eth0", &fail);
	assert_int_equal(link_set_up(there, index, true, &fail), 0);
	assert_int_equal(address_add(there, index, &phones, &fail), 0);
	assert_int_equal(address_route(there, &(struct address){{htonl(0x0a080000)}, 16},
				       (struct in_addr){htonl(SERVER)}, index, &fail),
			 0);
	write_file("/proc/sys/net/ipv4/ip_forward", "0"); /* what is for others is dropped, without a word */
	rtnl_close(here);
	rtnl_close(there);
	start_servers();
	bench.base = event_base_new();
	assert_int_equal(tls_shared_new(&bench.shared, NULL, &fail), 0);
	bench.listener =
	    evconnlistener_new_bind(bench.base, on_accept, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE,
				    16, (struct sockaddr *)&at, sizeof(at));
	assert_non_null(bench.listener);
	assert_int_equal(flash_open(&bench.flash, "/tmp/flash", "SEP001122AABB01", "old", "older", &fail), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	flash_close(bench.flash);
	tls_shared_free(bench.shared);
	evconnlistener_free(bench.listener);
	event_base_free(bench.base);
	sandbox_end(&bench.http);
	sandbox_end(&bench.names);
	sandbox_end(&bench.tls);
	return close(bench.phone);
}

static void on_done(void *arg, struct download *download, const struct phone_event *event)
{
	(void)arg;
	assert_int_equal(download_id(download), event->fetched.id);
	if (bench.next) {
		struct download_order order = *bench.next;
		struct fail fail = {0};

		bench.next = NULL;
		assert_int_not_equal(event->fetched.status, PHONE_FETCH_OK);
		assert_int_equal(download_start(&download, &order, &fail), 0);
		return;
	}
	bench.done++;
	bench.got = *event;
	bench.facts = *event->fetched.facts;
	snprintf(bench.detail, sizeof(bench.detail), "%s",
		 event->fetched.detail ? event->fetched.detail : "");
	memset(bench.bytes, 0, sizeof(bench.bytes));
	if (event->fetched.length)
		memcpy(bench.bytes, event->fetched.bytes,
		       event->fetched.length < 4095 ? event->fetched.length : 4095);
	event_base_loopbreak(bench.base);
}

static enum phone_fetch_status get_limited(enum phone_transport transport, uint32_t server, uint16_t port,
					   const char *file, uint64_t limit, uint64_t timeout_us,
					   bool to_flash)
{
	struct download_order order = {.base = bench.base,
				       .ns = bench.phone,
				       .id = 7,
				       .server = server,
				       .port = port,
				       .transport = transport,
				       .file = file,
				       .limit = limit,
				       .timeout_us = timeout_us,
				       .flash = to_flash ? bench.flash : NULL,
				       .tls = bench.shared,
				       .peer = on_peer,
				       .done = on_done};
	struct download *download;
	struct fail fail = {0};

	bench.done = 0;
	assert_int_equal(download_start(&download, &order, &fail), 0);
	assert_int_equal(bench.done, 0); /* never from within the start */
	event_base_dispatch(bench.base);
	assert_int_equal(bench.done, 1);
	assert_int_equal(bench.got.fetched.id, 7);
	return bench.got.fetched.status;
}

static enum phone_fetch_status http(uint32_t server, uint16_t port, const char *file)
{
	return get_limited(PHONE_HTTP, server, port, file, 1 << 20, 2 * SECOND, false);
}

static enum phone_fetch_status tftp(uint32_t server, uint16_t port, const char *file)
{
	return get_limited(PHONE_TFTP, server, port, file, 1 << 20, 3 * SECOND, false);
}

static enum phone_fetch_status broken(const char *script, bool hang)
{
	bench.script = script;
	bench.hang = hang;
	return get_limited(PHONE_HTTP, SERVER, BROKEN_PORT, "x", 1000, SECOND / 2, false);
}

static bool log_holds(const char *path, const char *needle)
{
	char text[65536] = "";
	FILE *file = fopen(path, "r");

	if (!file)
		return false;
	size_t length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = 0;
	return strstr(text, needle) != NULL;
}

static bool logged(void *arg)
{
	const char *const *what = arg;

	return log_holds(what[0], what[1]);
}

static void test_http_file(void **state)
{
	const char *const what[] = {"/tmp/access.log", "10.9.0.2 "};

	(void)state;
	assert_int_equal(http(SERVER, HTTP_PORT, "SEP001122AABB01.cnf.xml"), PHONE_FETCH_OK);
	assert_string_equal(bench.bytes, "<device/>");
	assert_int_equal(bench.got.fetched.size, 9);
	assert_int_equal(bench.got.fetched.http_status, 200);
	assert_int_equal(http(SERVER, HTTP_PORT, "with space.xml"), PHONE_FETCH_OK);
	assert_string_equal(bench.bytes, "spaced");
	assert_int_equal(http(SERVER, HTTP_PORT, "empty.xml"), PHONE_FETCH_OK);
	assert_int_equal(bench.got.fetched.length, 0);
	/* lighttpd writes its log when it likes, at the latest when told so */
	sandbox_signal(&bench.http, 1);
	assert_true(sandbox_until(5000, logged, (void *)what));
}

static void test_http_failures(void **state)
{
	(void)state;
	assert_int_equal(http(SERVER, HTTP_PORT, "CTLSEP001122AABB01.tlv"), PHONE_FETCH_NOT_FOUND);
	assert_int_equal(bench.got.fetched.http_status, 404);
	assert_string_equal(bench.detail, "404 Not Found");
	assert_int_equal(http(SERVER, HTTP_PORT, "secret.xml"), PHONE_FETCH_REFUSED);
	assert_int_equal(bench.got.fetched.http_status, 403);
	assert_int_equal(http(SERVER, 6999, "x"), PHONE_FETCH_REFUSED);
	assert_string_equal(bench.detail, "connection refused");
	assert_int_equal(bench.got.fetched.http_status, 0);
	assert_int_equal(http(NO_ROUTE, HTTP_PORT, "x"), PHONE_FETCH_UNREACHABLE);
	assert_int_equal(http(BLACK_HOLE, HTTP_PORT, "x"), PHONE_FETCH_TIMEOUT);
	assert_string_equal(bench.detail, "connection timed out");
	assert_int_equal(get_limited(PHONE_HTTP, NOBODY, HTTP_PORT, "x", 1000, 10 * SECOND, false),
			 PHONE_FETCH_UNREACHABLE);
	assert_int_equal(get_limited(PHONE_HTTP, SERVER, HTTP_PORT, "big.sbn", BIG - 1, SECOND, false),
			 PHONE_FETCH_TOO_LARGE);
	assert_int_equal(get_limited(PHONE_HTTP, SERVER, HTTP_PORT, "big.sbn", BIG, SECOND, false),
			 PHONE_FETCH_OK);
}

static void test_http_broken_server(void **state)
{
	(void)state;
	assert_int_equal(broken("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n0123456789", false),
			 PHONE_FETCH_TRUNCATED);
	assert_string_equal(bench.detail, "ended after 10 of 500 bytes");
	assert_int_equal(broken("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n0123456789", true),
			 PHONE_FETCH_TIMEOUT);
	assert_string_equal(bench.detail, "stopped in the middle");
	assert_int_equal(broken(NULL, true), PHONE_FETCH_TIMEOUT);
	assert_string_equal(bench.detail, "no answer");
	assert_int_equal(broken(NULL, false), PHONE_FETCH_PROTOCOL_ERROR);
	assert_string_equal(bench.detail, "closed without an answer");
	assert_int_equal(broken("SSH-2.0-OpenSSH\r\n", true), PHONE_FETCH_PROTOCOL_ERROR);
	assert_int_equal(broken("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", true), PHONE_FETCH_REFUSED);
	assert_int_equal(bench.got.fetched.http_status, 503);
	assert_int_equal(broken("HTTP/1.1 301 Moved\r\nLocation: /r/x\r\nContent-Length: 0\r\n\r\n", true),
			 PHONE_FETCH_PROTOCOL_ERROR);
	assert_int_equal(bench.got.fetched.http_status, 301);
	assert_string_equal(bench.detail, "301 Moved");
	assert_string_equal(bench.facts.location, "/r/x");
	assert_int_equal(
	    broken("HTTP/1.1 200 OK\r\nLocation: /r/x\r\nX-Odd\r\nContent-Length: 1\r\n\r\nx", true),
	    PHONE_FETCH_OK);
	assert_string_equal(bench.facts.location, ""); /* of no meaning here */
	assert_int_equal(bench.facts.odds, 1);
	assert_string_equal(bench.facts.odd[0].name, "X-Odd");
	assert_int_equal(broken("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nzipped", false),
			 PHONE_FETCH_PROTOCOL_ERROR);
	assert_string_equal(bench.detail, "the body has the encoding gzip, which was not requested");
	assert_int_equal(
	    broken("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", true),
	    PHONE_FETCH_PROTOCOL_ERROR);
	assert_int_equal(broken("HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n", true),
			 PHONE_FETCH_PROTOCOL_ERROR);
	assert_string_equal(bench.detail, "Content-Length is not one number");
	assert_int_equal(broken("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
				"3\r\nchu\r\n3;x\r\nnks\r\n0\r\nX: y\r\n\r\n",
				true),
			 PHONE_FETCH_OK);
	assert_string_equal(bench.bytes, "chunks");
	assert_int_equal(broken("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n0", true),
			 PHONE_FETCH_TOO_LARGE);
	assert_int_equal(broken("HTTP/1.0 200 OK\r\n\r\nto the end", false), PHONE_FETCH_OK);
	assert_string_equal(bench.bytes, "to the end");
}

/* --- HTTPS --- */

static void on_peer(void *arg, struct download *download, const uint8_t *der, size_t length)
{
	(void)arg;
	assert_true(length > 200 && der[0] == 0x30);
	bench.asked++;
	if (bench.answer == TRUST) {
		download_trust(download);
		return;
	}
	download_refuse(download);
	event_base_loopbreak(bench.base);
}

static enum phone_fetch_status https(uint16_t port, const char *file)
{
	bench.asked = 0;
	return get_limited(PHONE_HTTPS, SERVER, port, file, 1 << 20, 5 * SECOND, false);
}

static void test_https(void **state)
{
	struct evconnlistener *mute;
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_port = htons(MUTE_PORT), .sin_addr.s_addr = htonl(SERVER)};

	(void)state;
	bench.answer = TRUST;
	assert_int_equal(https(TLS_PORT, "SEP001122AABB01.cnf.xml"), PHONE_FETCH_OK);
	assert_string_equal(bench.bytes, "<device/>");
	assert_int_equal(bench.asked, 1);
	assert_int_equal(https(TLS_PORT, "big.sbn"), PHONE_FETCH_OK);
	assert_int_equal(bench.got.fetched.size, BIG);
	/* A server that speaks HTTP; one that is not there; one that closes; one that says nothing. */
	assert_int_equal(https(HTTP_PORT, "x"), PHONE_FETCH_PROTOCOL_ERROR);
	assert_string_equal(bench.detail, "the server does not speak TLS");
	assert_int_equal(https(6999, "x"), PHONE_FETCH_REFUSED);
	assert_string_equal(bench.detail, "connection refused");
	bench.script = NULL;
	bench.hang = false;
	assert_int_equal(https(BROKEN_PORT, "x"), PHONE_FETCH_PROTOCOL_ERROR);
	assert_string_equal(bench.detail, "closed during the TLS handshake");
	mute = evconnlistener_new_bind(bench.base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 16,
				       (struct sockaddr *)&at, sizeof(at));
	assert_non_null(mute);
	assert_int_equal(get_limited(PHONE_HTTPS, SERVER, MUTE_PORT, "x", 1 << 20, SECOND / 2, false),
			 PHONE_FETCH_TIMEOUT);
	assert_string_equal(bench.facts.how, PHONE_HOW_MUTE);
	evconnlistener_free(mute);
}

/* The server gets an alert in place of a request. */
static void test_https_refused(void **state)
{
	struct download_order order = {.base = bench.base,
				       .ns = bench.phone,
				       .id = 7,
				       .server = SERVER,
				       .port = TLS_PORT,
				       .transport = PHONE_HTTPS,
				       .file = "SEP001122AABB01.cnf.xml",
				       .limit = 1000,
				       .timeout_us = 5 * SECOND,
				       .tls = bench.shared,
				       .peer = on_peer,
				       .done = on_done};
	struct download *download;
	struct fail fail = {0};

	(void)state;
	bench.answer = REFUSE;
	bench.done = 0;
	assert_int_equal(download_start(&download, &order, &fail), 0);
	event_base_dispatch(bench.base);
	event_base_loop(bench.base, EVLOOP_NONBLOCK);
	assert_int_equal(bench.done, 0);
	assert_true(sandbox_wait_text(&bench.tls, 10000, "fatal unknown_ca"));
	order.ciphers = "NONE";
	assert_int_equal(download_start(&download, &order, &fail), 0);
	event_base_dispatch(bench.base);
	assert_int_equal(bench.got.fetched.status, PHONE_FETCH_PROTOCOL_ERROR);
	assert_string_equal(bench.detail, "TLS: no cipher left to offer");
}

static void test_tftp(void **state)
{
	const char *const what[] = {"/tmp/dnsmasq.log", "SEP001122AABB01.cnf.xml to 10.9.0.2"};

	(void)state;
	assert_int_equal(tftp(SERVER, 69, "SEP001122AABB01.cnf.xml"), PHONE_FETCH_OK);
	assert_string_equal(bench.bytes, "<device/>");
	assert_true(sandbox_until(5000, logged, (void *)what));
	assert_int_equal(tftp(SERVER, 69, "big.sbn"), PHONE_FETCH_OK);
	assert_int_equal(bench.got.fetched.size, BIG);
	assert_int_equal(tftp(SERVER, 69, "no.xml"), PHONE_FETCH_NOT_FOUND);
	assert_int_equal(tftp(SERVER, 6900, "x"), PHONE_FETCH_REFUSED);
	assert_int_equal(tftp(NO_ROUTE, 69, "x"), PHONE_FETCH_UNREACHABLE);
	assert_int_equal(tftp(BLACK_HOLE, 69, "x"), PHONE_FETCH_TIMEOUT);
	assert_int_equal(get_limited(PHONE_TFTP, NOBODY, 69, "x", 1000, 10 * SECOND, false),
			 PHONE_FETCH_UNREACHABLE);
	assert_int_equal(get_limited(PHONE_TFTP, SERVER, 69, "big.sbn", BIG - 1, SECOND, false),
			 PHONE_FETCH_TOO_LARGE);
}

/* An image goes to the inactive bank, by either transport. */
static void test_to_flash(void **state)
{
	static const enum phone_transport transports[] = {PHONE_HTTP, PHONE_TFTP};
	static const uint16_t ports[] = {HTTP_PORT, 69};
	struct flash_bank active, inactive;
	struct fail fail = {0};
	uint8_t want[64];
	char big[BIG];

	(void)state;
	for (int i = 0; i < BIG; i++)
		big[i] = (char)('a' + i % 23);
	assert_int_equal(EVP_Digest(big, BIG, want, NULL, EVP_sha512(), NULL), 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(flash_begin_load(bench.flash, "new", &fail), 0);
		assert_int_equal(
		    get_limited(transports[i], SERVER, ports[i], "big.sbn", 1 << 20, 5 * SECOND, true),
		    PHONE_FETCH_OK);
		assert_int_equal(bench.got.fetched.size, BIG);
		assert_int_equal(bench.got.fetched.length, 4096);
		assert_memory_equal(bench.bytes, big, 4095);
		assert_memory_equal(bench.got.fetched.sha512, want, 64);
		assert_int_equal(flash_commit_load(bench.flash, "new", &fail), 0);
		assert_int_equal(flash_check(bench.flash, &active, &inactive, &fail), 0);
		assert_true(inactive.intact);
		assert_int_equal(inactive.bytes, BIG);
	}
	/* the bank is closed: it cannot be written */
	assert_int_equal(get_limited(PHONE_HTTP, SERVER, HTTP_PORT, "big.sbn", 1 << 20, SECOND, true),
			 PHONE_FETCH_PROTOCOL_ERROR);
}

/* The answer to a failed download starts the next one at once: from another transport or server, in any order, after no
 * byte or some. */
static void test_to_flash_after_a_failure(void **state)
{
	static const struct {
		enum phone_transport transport;
		uint32_t server;
		uint16_t port;
	} way[] = {{PHONE_HTTP, SERVER, HTTP_PORT}, {PHONE_TFTP, SERVER, 69}},
	  failing[] = {{PHONE_HTTP, SERVER, 6999},
		       {PHONE_TFTP, SERVER, 6900},
		       {PHONE_HTTP, NO_ROUTE, HTTP_PORT},
		       {PHONE_HTTP, SERVER, BROKEN_PORT}};
	struct flash_bank active, inactive;
	struct fail fail = {0};

	(void)state;
	bench.script = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n0123456789";
	bench.hang = false;
	for (size_t i = 0; i < 8; i++) {
		struct download_order order = {.base = bench.base,
					       .ns = bench.phone,
					       .id = 7,
					       .server = way[i % 2].server,
					       .port = way[i % 2].port,
					       .transport = way[i % 2].transport,
					       .file = "big.sbn",
					       .limit = 1 << 20,
					       .timeout_us = 5 * SECOND,
					       .flash = bench.flash,
					       .done = on_done};

		assert_int_equal(flash_begin_load(bench.flash, "new", &fail), 0);
		bench.next = &order;
		assert_int_equal(get_limited(failing[i / 2].transport, failing[i / 2].server,
					     failing[i / 2].port, "big.sbn", 1 << 20, 5 * SECOND, true),
				 PHONE_FETCH_OK);
		assert_int_equal(bench.got.fetched.size, BIG);
		assert_int_equal(flash_commit_load(bench.flash, "new", &fail), 0);
		assert_int_equal(flash_check(bench.flash, &active, &inactive, &fail), 0);
		assert_true(inactive.intact);
		assert_int_equal(inactive.bytes, BIG);
	}
}

static void on_resolved(void *arg, struct dns *dns, const uint32_t *addresses, unsigned count, bool timed_out)
{
	(void)arg;
	assert_int_equal(dns_id(dns), 9);
	bench.done++;
	bench.count = count;
	bench.timed_out = timed_out;
	memcpy(bench.address, addresses, count * sizeof(*addresses));
	event_base_loopbreak(bench.base);
}

static unsigned resolve(uint32_t server, const char *name)
{
	struct dns_order order = {.base = bench.base,
				  .ns = bench.phone,
				  .servers = &server,
				  .server_count = server != 0,
				  .domain = "lab.example",
				  .name = name,
				  .timeout_us = SECOND * 3 / 2,
				  .id = 9,
				  .done = on_resolved};
	struct dns *dns;
	struct fail fail = {0};

	bench.done = 0;
	assert_int_equal(dns_start(&dns, &order, &fail), 0);
	event_base_dispatch(bench.base);
	assert_int_equal(bench.done, 1);
	return bench.count;
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(resolve(SERVER, "tftp1.lab.example"), 1);
	assert_int_equal(bench.address[0], SERVER);
	assert_int_equal(resolve(SERVER, "tftp1"), 1); /* with the domain of DHCP */
	assert_int_equal(bench.address[0], SERVER);
	assert_int_equal(resolve(SERVER, "nothing.example"), 0);
	assert_false(bench.timed_out);
	assert_int_equal(resolve(SERVER, "localhost"), 0); /* the hosts file is not asked */
	assert_int_equal(resolve(BLACK_HOLE, "tftp1.lab.example"), 0);
	assert_true(bench.timed_out);
	assert_int_equal(resolve(0, "tftp1.lab.example"), 0);
}

static void on_name(void *arg, struct dns *dns, const uint32_t *addresses, unsigned count, bool timed_out)
{
	(void)dns;
	(void)addresses;
	(void)count;
	(void)timed_out;
	*(bool *)arg = true;
}

/* Forgetting what is under way, at every stage: nothing comes back, and nothing is leaked (sanitizers
 * watch). */
static void test_cancel(void **state)
{
	struct download_order order = {.base = bench.base,
				       .ns = bench.phone,
				       .id = 1,
				       .server = SERVER,
				       .port = HTTP_PORT,
				       .file = "big.sbn",
				       .limit = 1 << 20,
				       .timeout_us = SECOND,
				       .done = on_done};
	uint32_t server = SERVER;
	bool named;
	struct dns_order names = {.base = bench.base,
				  .ns = bench.phone,
				  .servers = &server,
				  .server_count = 1,
				  .domain = "",
				  .name = "tftp1.lab.example",
				  .timeout_us = SECOND,
				  .done = on_name,
				  .arg = &named};
	unsigned files = sandbox_open_files();
	struct fail fail = {0};

	(void)state;
	for (int turns = 0; turns < 6; turns++) {
		struct download *download;
		struct dns *dns;
		bench.done = 0;
		named = false;
		order.transport = turns % 2 ? PHONE_TFTP : PHONE_HTTP;
		order.port = turns % 2 ? 69 : HTTP_PORT;
		assert_int_equal(download_start(&download, &order, &fail), 0);
		assert_int_equal(dns_start(&dns, &names, &fail), 0);
		for (int i = 0; i < turns / 2; i++)
			event_base_loop(bench.base, EVLOOP_NONBLOCK);
		/* A server may be so fast that it is over: then it is gone by itself. */
		if (!bench.done)
			download_cancel(download);
		if (!named)
			dns_cancel(dns);
		event_base_loop(bench.base, EVLOOP_NONBLOCK);
		event_base_loop(bench.base, EVLOOP_NONBLOCK);
	}
	assert_true(sandbox_open_files() <= files + 2);
}

struct talk {
	char text[64];
	int connected, closed, error;
	uint32_t address;
	uint16_t port;
};

static void on_talk_connected(void *arg, uint32_t address, uint16_t port)
{
	struct talk *talk = arg;

	talk->connected++;
	talk->address = address;
	talk->port = port;
}

static void on_talk_readable(void *arg, struct evbuffer *input)
{
	struct talk *talk = arg;

	evbuffer_remove(input, talk->text, sizeof(talk->text) - 1);
}

static void on_talk_closed(void *arg, int error)
{
	struct talk *talk = arg;

	talk->closed++;
	talk->error = error;
	event_base_loopbreak(bench.base);
}

static const struct tcp_calls talk_calls = {on_talk_connected, on_talk_readable, on_talk_closed};

static struct talk talk_to(uint32_t address, uint16_t port)
{
	struct talk talk = {.error = -1};
	struct fail fail = {0};
	struct tcp *tcp;

	int err = tcp_open(&tcp, bench.base, bench.phone, address, port, 3 * SECOND, MARK_NONE, &talk_calls,
			   &talk, &fail);
	if (err) {
		talk.error = -err;
		return talk;
	}
	assert_int_equal(tcp_send(tcp, "REGISTER", 8), 0);
	event_base_dispatch(bench.base);
	tcp_close(tcp, false);
	return talk;
}

static void test_connections(void **state)
{
	(void)state;
	bench.script = "SIP/2.0 100 Trying\r\n"; /* and then the end */
	bench.hang = false;
	struct talk talk = talk_to(SERVER, BROKEN_PORT);
	assert_int_equal(talk.connected, 1);
	assert_int_equal(talk.address, 0x0a090002);
	assert_true(talk.port > 1023);
	assert_string_equal(talk.text, "SIP/2.0 100 Trying\r\n");
	assert_int_equal(talk.closed, 1);
	assert_int_equal(talk.error, 0);
	assert_int_equal(talk_to(SERVER, 6999).error, ECONNREFUSED);
	assert_int_equal(talk_to(BLACK_HOLE, 5060).error, ETIMEDOUT);
	assert_int_equal(talk_to(NO_ROUTE, 5060).error, ENETUNREACH);
}

static int tests(void)
{
	const struct CMUnitTest list[] = {
	    cmocka_unit_test(test_http_file),
	    cmocka_unit_test(test_http_failures),
	    cmocka_unit_test(test_http_broken_server),
	    cmocka_unit_test(test_https),
	    cmocka_unit_test(test_https_refused),
	    cmocka_unit_test(test_tftp),
	    cmocka_unit_test(test_to_flash),
	    cmocka_unit_test(test_to_flash_after_a_failure),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_cancel),
	    cmocka_unit_test(test_connections),
	};

	return cmocka_run_group_tests(list, setup, teardown);
}

int main(void)
{
	return sandbox_run(tests, 90);
}
