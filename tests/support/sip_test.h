#ifndef TESTS_SUPPORT_SIP_TEST_H
#define TESTS_SUPPORT_SIP_TEST_H

/* What the unit tests of SIP begin with. Include after nothing else. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/wire_check.h"
#include "wire/sip_build.h"

/* The headers that no message may lack. */
#define LEAST "Via: SIP/2.0/UDP a\r\nFrom: <sip:a@b>;tag=1\r\nTo: sip:a@b;tag=2\r\nCall-ID: x\r\n"

/* What a call manager answers to the first REGISTER: its expiry, the new binding, its own Date. */
static const char sip_ok[] = "SIP/2.0 200 OK\r\n"
			     "Via: SIP/2.0/TCP 10.110.0.57:49701;branch=z9hG4bK4b0e1f2c\r\n"
			     "From: <sip:2001@10.20.0.11>;tag=001122aabb0100024c3f6a1b-5d9e\r\n"
			     "To: <sip:2001@10.20.0.11>;tag=1870412216\r\n"
			     "Date: Sat, 21 Nov 2026 02:00:01 GMT\r\n"
			     "Call-ID: 001122aa-bb010002-3b9c1d2e-4f5a6b7c@10.110.0.57\r\n"
			     "Server: Cisco-CUCM11.5\r\n"
			     "CSeq: 101 REGISTER\r\n"
			     "Expires: 120\r\n"
			     "Contact: <sip:5f7e2b1c-0001@10.110.0.57:49701;transport=tcp>;"
			     "+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-001122aabb01>\";"
			     "+u.sip!devicename.ccm.cisco.com=\"SEP001122AABB01\";+u.sip!model.ccm.cisco.com="
			     "\"622\";x-cisco-newreg\r\n"
			     "Supported: X-cisco-srtp-fallback,X-cisco-sis-8.0.0\r\n"
			     "Content-Type: application/x-cisco-remotecc-response+xml\r\n"
			     "Content-Length: 61\r\n"
			     "\r\n"
			     "<x-cisco-remotecc-response><response><code>200</code></respon";

/* The first REGISTER of a phone. */
static const struct sip_register sip_first = {
    .kind = SIP_REGISTER_INITIAL,
    .origin = {.transport = "TCP",
	       .cm = "10.20.0.11",
	       .phone = "10.110.0.57",
	       .phone_port = 49701,
	       .dn = "2001",
	       .branch = "z9hG4bK4b0e1f2c",
	       .from_tag = "001122aabb0100024c3f6a1b-5d9e",
	       .call_id = "001122aa-bb010002-3b9c1d2e-4f5a6b7c@10.110.0.57",
	       .cseq = 101,
	       .session_id = "0123456789abcdef0123456789abcdef",
	       .date = "Sat, 21 Nov 2026 02:00:00 GMT",
	       .user_agent = "Cisco-CP7841/14.2.1"},
    .mac = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}},
    .contact_user = "5f7e2b1c-0001",
    .model = 622,
    .expires_s = 3600,
    .active_load = "sip78xx.14-2-1-0001-125.loads",
    .inactive_load = "sip78xx.12-8-1-0001-455.loads",
    .download_status = "Failed: Load ID incorrect",
    .alarm = 25,
    .last = "initialized",
};

/* Decoded; the test fails when it is refused. Free with sip_free. */
static inline struct sip_message *sip_decoded(const void *bytes, size_t size)
{
	struct sip_message *message = NULL;
	struct wire_error error = {0};
	int err = sip_decode(bytes, size, &message, &error);

	if (err < 0)
		fail_msg("refused at %zu: %s", error.offset, error.what);
	return message;
}

#endif
