/*
 * The page of a phone: the message sequence, its capture for tshark, and the phone's own web page in a frame. Headless Chromium
 * opens them (tests/support/browser/phone_page.py) while the phone boots; frames of the phone have hostile names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/web.h"

#define ONE    "SEP001122AABB01"
#define FRAMES "phone=" ONE "&switch=sw1"

static const char topology[] =
    "vlans:\n  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
    "switches:\n  - {name: sw1, voice_vlan: 110}\n"
    "servers:\n  - {name: dhcp, kind: dhcp}\n  - {name: tftp, kind: tftp}\n"
    "cluster:\n  nodes: [{name: cucm}]\n"
    "phones:\n  - {model: 7841, label: \"<img src=x onerror=owned=1>\"}\n  - {model: 8845}\n";

/* Sent from the namespace of the phone: a CDP announcement with a hostile device id, and a SIP request with a hostile To. */
static const char hostile[] =
    "import socket\n"
    "mac = bytes.fromhex('001122aabb01')\n"
    "tlv = lambda kind, value: kind.to_bytes(2, 'big') + (len(value) + 4).to_bytes(2, 'big') + value\n"
    "body = tlv(1, b'<script>owned=1</script>\\x1b]0;x\\x07\\xe2\\x80\\xae') + tlv(3, b'<b>Port 1</b>')\n"
    "body = b'\\x02\\xb4\\x00\\x00' + body + (b'\\x00' if len(body) % 2 else b'')\n"
    "words = sum(int.from_bytes(body[i:i + 2], 'big') for i in range(0, len(body), 2))\n"
    "while words >> 16: words = (words & 0xffff) + (words >> 16)\n"
    "body = body[:2] + (words ^ 0xffff).to_bytes(2, 'big') + body[4:]\n"
    "data = bytes.fromhex('aaaa0300000c2000') + body\n"
    "raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\n"
    "raw.bind(('eth0', 0))\n"
    "raw.send(bytes.fromhex('01000ccccccc') + mac + len(data).to_bytes(2, 'big') + data)\n"
    "udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
    "udp.sendto(b'OPTIONS sip:x@10.110.0.4 SIP/2.0\\r\\nVia: SIP/2.0/UDP 1.2.3.4;branch=z9hG4bK1\\r\\n'\n"
    "    b'From: <sip:a@b>;tag=1\\r\\nTo: \"<img src=x onerror=owned=1>\" <sip:<img src=x "
    "onerror=owned=1>@x>\\r\\n'\n"
    "    b'Call-ID: 1\\r\\nCSeq: 1 OPTIONS\\r\\nMax-Forwards: 1\\r\\nContent-Length: 0\\r\\n\\r\\n', "
    "('10.110.0.4', 5060))\n";

static struct lab lab;
static char key[40]; /* of the links to the page of a phone */

static void send_hostile_frames(void)
{
	char path[512];
	struct command_result done =
	    lab_exec(&lab, ONE, "python3 %s", lab_write(&lab, "hostile.py", hostile, path));

	if (done.status)
		fail_msg("%s%s", done.out, done.err);
	command_free(&done);
}

static int begin(void **state)
{
	char *page, *at;

	(void)state;
	lab_begin(&lab, "webphone");
	web_up(&lab, topology, "");
	page = web_get("/", "");
	at = strstr(page, "name=\"frame-key\" content=\"");
	assert_non_null(at);
	snprintf(key, sizeof(key), "%.32s", at + strlen("name=\"frame-key\" content=\""));
	free(page);
	return 0;
}

static char *get_page(const char *of, const char *path, const char *more)
{
	char target[300];

	snprintf(target, sizeof(target), "/phone-page?key=%s&phone=" ONE "&path=%s", of, path);
	return web_get(target, more);
}

static void requests_are_checked(void **state)
{
	static const char *const bad[] = {
	    "/sequence",
	    "/sequence?phone=" ONE,
	    "/capture?phone=x&switch=sw1",
	    "/frame?phone=" ONE "&switch=../lab&number=1",
	    "/capture?phone=" ONE "&switch=-x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		web_must_be(400, web_get(bad[i], ""), bad[i]);
	web_must_be(404, web_get("/sequence?phone=SEP0011223344FF&switch=sw1", ""), "an unknown phone");
	web_must_be(404, web_get("/frame?" FRAMES "&number=999999", ""), "an unknown frame");
	web_must_be(404, web_get("/frame?" FRAMES "&number=-1", ""), "a frame before the first one");
	web_must_be(403, web_get("/capture?" FRAMES, "Sec-Fetch-Site: cross-site\r\n"), "a foreign capture");
	web_must_be(403, web_get("/sequence?" FRAMES, "Origin: null\r\n"), "the sandboxed frame");
	web_must_be(405,
		    web_ask("POST /sequence?" FRAMES " HTTP/1.1\r\nHost: %.*s\r\nContent-Length: 0\r\n\r\n",
			    (int)strcspn(web_url + 7, "/"), web_url + 7),
		    "POST");
}

static void the_page_of_the_phone_needs_its_key(void **state)
{
	(void)state;
	web_must_be(403, get_page("", "/", ""), "no key");
	web_must_be(403, get_page("00112233445566778899aabbccddeeff", "/", ""), "a wrong key");
	web_must_be(403, get_page(key, "/", "Origin: http://evil.example\r\n"), "another origin");
	web_must_be(200, get_page(key, "/", "Origin: null\r\nSec-Fetch-Site: cross-site\r\n"), "the frame");
	web_must_be(200, get_page(key, "/FS/Logo.png", ""), "a picture");
	/* Only GET, and only what the phone serves. */
	web_must_be(404, get_page(key, "/CGI/Execute", ""), "a program");
	web_must_be(404, get_page(key, "/../../etc/passwd", ""), "a path");
	web_must_be(405,
		    web_ask("POST /phone-page?key=%s&phone=" ONE
			    " HTTP/1.1\r\nHost: %.*s\r\nContent-Length: 0\r\n\r\n",
			    key, (int)strcspn(web_url + 7, "/"), web_url + 7),
		    "POST");
}

static void the_page_of_the_phone_is_confined(void **state)
{
	static const char *const headers[] = {"Content-Security-Policy: sandbox; default-src 'none'",
					      "frame-ancestors 'self'", "X-Frame-Options: SAMEORIGIN",
					      "X-Content-Type-Options: nosniff"};
	char *reply = get_page(key, "/", "");

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (!strstr(reply, headers[i]))
			fail_msg("no %s", headers[i]);
	assert_null(strstr(reply, "script-src"));
	assert_null(strstr(reply, "allow-"));
	assert_null(strstr(reply, "DENY"));
	/* Its links lead through this server. */
	assert_null(strstr(reply, "href=\"/"));
	assert_non_null(strstr(reply, "adapter%3Ddevice.statistics.configuration"));
	free(reply);
}

static void chromium_sees_the_sequence(void **state)
{
	(void)state;
	send_hostile_frames();
	web_browse(&lab, "phone_page.py");
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_are_checked),
	    cmocka_unit_test(the_page_of_the_phone_needs_its_key),
	    cmocka_unit_test(the_page_of_the_phone_is_confined),
	    cmocka_unit_test(chromium_sees_the_sequence),
	};

	return cmocka_run_group_tests_name("web_phone", tests, begin, end);
}
