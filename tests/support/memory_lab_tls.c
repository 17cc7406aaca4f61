/* Servers of TLS in the memory lab: certificates, TVS (over the store of cucm-service). The records of TLS are left out: what
 * a phone sees of TLS is the certificate of its peer. */
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cucm-service/core/tvs_store.h"
#include "cucm/certify.h"
#include "cucm/name.h"
#include "tests/support/memory_lab_internal.h"
#include "wire/tvs.h"

/* --- certificates --- */

struct lab_signer *lab_certificate_new(const char *name, bool ec, int64_t begins, int64_t ends,
				       const struct lab_signer *issuer)
{
	static uint8_t number;
	struct lab_signer *made = lab_need(calloc(1, sizeof(*made)));
	struct certify what = {.use = issuer ? CERTIFY_PHONE : CERTIFY_SERVER,
			       .common_name = name,
			       .organisation = "lab",
			       .begins = begins,
			       .ends = ends};
	const ASN1_BIT_STRING *bits;
	int length;

	what.serial[0] = 0x21;
	what.serial[15] = ++number;
	made->key = lab_need(ec ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048));
	made->x509 =
	    lab_need(certify(&what, made->key, issuer ? issuer->x509 : NULL, issuer ? issuer->key : NULL));
	length = i2d_X509(made->x509, &made->der);
	if (length <= 0)
		abort();
	made->der_length = (size_t)length;
	bits = X509_get0_pubkey_bitstr(made->x509);
	made->public_length = (size_t)ASN1_STRING_length(bits);
	memcpy(made->public_key, ASN1_STRING_get0_data(bits), made->public_length);
	cucm_name(X509_get_subject_name(made->x509), made->name, sizeof(made->name));
	made->serial_length = (size_t)cucm_serial(made->x509, made->serial);
	made->role = TRUSTLIST_SAST;
	return made;
}

struct wire_slice lab_certificate_der(const struct lab_signer *certificate)
{
	return (struct wire_slice){certificate->der, certificate->der_length};
}

void memory_lab_tvs_knows(struct memory_lab *lab, const struct lab_signer *certificate,
			  enum trustlist_role role)
{
	const uint8_t number = (uint8_t)role;

	if (!lab->tvs)
		lab->tvs = lab_need(tvs_store_new());
	if (tvs_store_add(lab->tvs, certificate->x509, &number, 1))
		abort();
}

/* The private key in PKCS#8. */
static size_t private_key(EVP_PKEY *key, uint8_t **out)
{
	PKCS8_PRIV_KEY_INFO *info = lab_need(EVP_PKEY2PKCS8(key));
	int length;

	*out = NULL;
	length = i2d_PKCS8_PRIV_KEY_INFO(info, out);
	PKCS8_PRIV_KEY_INFO_free(info);
	return length > 0 ? (size_t)length : 0;
}

void memory_lab_install(struct memory_lab *lab, unsigned i, const struct lab_signer *certificate, bool lsc)
{
	struct lab_phone *slot = &lab->phone[i];
	uint8_t **der = lsc ? &slot->lsc : &slot->mic, **key = lsc ? &slot->lsc_key : &slot->mic_key;

	*(lsc ? &slot->lsc_length : &slot->mic_length) = certificate->der_length;
	*der = lab_need(malloc(certificate->der_length));
	memcpy(*der, certificate->der, certificate->der_length);
	*(lsc ? &slot->lsc_key_length : &slot->mic_key_length) = private_key(certificate->key, key);
}

void lab_make_key(struct memory_lab *lab, unsigned i, const struct phone_action *action)
{
	struct phone_event event = {.kind = PHONE_KEY_MADE, .key = {.id = action->make_key.id}};
	unsigned bits = action->make_key.bits;
	EVP_PKEY *key = lab_need(action->make_key.type == PHONE_KEY_RSA ? EVP_RSA_gen(bits)
				 : bits == 521				? EVP_EC_gen("P-521")
				 : bits == 384				? EVP_EC_gen("P-384")
									: EVP_EC_gen("P-256"));
	uint8_t *private_der, *public_der = NULL, *both;
	size_t length = private_key(key, &private_der);
	int public_length = i2d_PUBKEY(key, &public_der);

	both = lab_need(malloc(length + (size_t)public_length));
	memcpy(both, private_der, length);
	memcpy(both + length, public_der, (size_t)public_length);
	event.key.length = length;
	event.key.public_length = (size_t)public_length;
	lab_to_phone(lab, i, 300000, &event, both, length + (size_t)public_length);
	free(both);
	OPENSSL_free(private_der);
	OPENSSL_free(public_der);
	EVP_PKEY_free(key);
}

/* --- connections --- */

static void send_peer(struct memory_lab *lab, unsigned i, uint32_t id, const struct lab_signer *certificate)
{
	struct phone_event event = {.kind = PHONE_PEER, .peer = {.id = id}};

	lab_to_phone(lab, i, lab_latency(lab), &event, certificate->der, certificate->der_length);
}

static struct lab_tls *server_of(struct memory_lab *lab, const struct phone_action *action, unsigned *c,
				 enum lab_service *service)
{
	*service = action->connect.port == 2445	  ? LAB_TVS
		   : action->connect.port == 3804 ? LAB_CAPF
						  : LAB_SIGNALLING;
	for (*c = 0; *c < LAB_CMS; (*c)++)
		if (lab->cm[*c].address == action->connect.ip)
			break;
	if (*c == LAB_CMS || (*service == LAB_SIGNALLING && action->connect.port != 5061))
		return NULL;
	return *service == LAB_TVS    ? &lab->tls_tvs
	       : *service == LAB_CAPF ? &lab->tls_capf[*c]
				      : &lab->tls_cm[*c];
}

void lab_tls_connect(struct memory_lab *lab, unsigned i, const struct phone_action *action)
{
	struct lab_phone *slot = &lab->phone[i];
	struct phone_event event = {.kind = PHONE_CLOSED, .closed = {.id = action->connect.id}};
	enum lab_service service;
	unsigned c, at;
	struct lab_tls *server = server_of(lab, action, &c, &service);

	if (!server || !server->certificate || server->health != LAB_UP) {
		bool silent = server && server->health == LAB_SILENT;

		event.closed.error = silent ? ETIMEDOUT : ECONNREFUSED;
		lab_to_phone(lab, i, silent ? action->connect.timeout_us : lab_latency(lab), &event, "", 0);
		return;
	}
	server->connections++;
	at = slot->conns++ % 16;
	memset(&slot->conn[at], 0, sizeof(slot->conn[at]));
	slot->conn[at].id = action->connect.id;
	slot->conn[at].cm = c;
	slot->conn[at].service = service;
	slot->conn[at].client = action->connect.client;
	snprintf(slot->conn[at].ciphers, sizeof(slot->conn[at].ciphers), "%s", action->connect.ciphers);
	send_peer(lab, i, action->connect.id, server->certificate);
}

void lab_https_fetch(struct memory_lab *lab, unsigned i, const struct phone_action *action)
{
	struct phone_event event = {.kind = PHONE_FETCHED,
				    .fetched = {.id = action->fetch.id,
						.status = PHONE_FETCH_REFUSED,
						.detail = "connection refused"}};
	struct lab_phone *slot = &lab->phone[i];

	if (!lab->tls_https.certificate) {
		lab_to_phone(lab, i, lab_latency(lab), &event, "", 0);
		return;
	}
	lab->tls_https.connections++;
	slot->https = *action;
	snprintf(slot->https_file, sizeof(slot->https_file), "%s", action->fetch.file);
	slot->https.fetch.file = slot->https_file;
	send_peer(lab, i, action->fetch.id, lab->tls_https.certificate);
}

void lab_tls_trust(struct memory_lab *lab, unsigned i, const struct phone_action *action)
{
	struct lab_phone *slot = &lab->phone[i];
	struct phone_event event = {.kind = PHONE_CONNECTED};

	if (slot->https.fetch.id == action->trust.id) {
		slot->https.fetch.id = 0;
		if (action->trust.trusted) {
			struct phone_action fetch = slot->https;

			fetch.fetch.id = action->trust.id;
			*strstr(slot->https_file, ".sgn") = '\0'; /* the plain file under the signed name */
			lab_fetch(lab, i, &fetch);
		}
		return;
	}
	for (unsigned n = 0; n < 16; n++) {
		struct lab_tls *server;

		if (slot->conn[n].id != action->trust.id || !action->trust.trusted)
			continue;
		server = slot->conn[n].service == LAB_SIGNALLING ? &lab->tls_cm[slot->conn[n].cm] : NULL;
		if (server && server->alert) {
			event = (struct phone_event){
			    .kind = PHONE_CLOSED,
			    .closed = {.id = action->trust.id, .error = EPROTO, .detail = server->alert}};
			lab_to_phone(lab, i, lab_latency(lab), &event, "", 0);
			return;
		}
		slot->conn[n].open = true;
		event.connected.id = action->trust.id;
		event.connected.local_address = slot->address;
		event.connected.local_port = (uint16_t)(49152 + slot->conns % 16000);
		lab_to_phone(lab, i, lab_latency(lab), &event, "", 0);
		if (slot->conn[n].service == LAB_CAPF)
			lab_capf_begin(lab, i, n);
	}
}

static void send_hostile(struct memory_lab *lab, unsigned i, unsigned n, enum lab_manner manner,
			 const uint8_t *bytes, size_t length)
{
	struct phone_event event = {.kind = PHONE_RECEIVED, .received = {.id = lab->phone[i].conn[n].id}};
	struct phone_event closed = {.kind = PHONE_CLOSED, .closed = {.id = lab->phone[i].conn[n].id}};
	bool tvs = lab->phone[i].conn[n].service == LAB_TVS;
	uint8_t noise[8192];

	memset(noise, 0xaa, sizeof(noise));
	switch (manner) {
	case LAB_CORRECT:
	case LAB_MUTE: break;
	case LAB_GARBAGE: lab_to_phone(lab, i, 2000, &event, noise, 300); break;
	case LAB_HALF:
		lab_to_phone(lab, i, 2000, &event, bytes, length / 2);
		lab_to_phone(lab, i, 2500, &closed, "", 0);
		break;
	case LAB_ENDLESS:
		memcpy(noise, bytes, tvs ? 8 : 6); /* up to the length */
		memset(noise + (tvs ? 8 : 6), 0xff, 2);
		for (unsigned part = 0; part < 10; part++)
			lab_to_phone(lab, i, 2000 + part, &event, noise, sizeof(noise));
		break;
	}
}

void lab_service_reply(struct memory_lab *lab, unsigned i, unsigned n, uint64_t delay_us, const void *bytes,
		       ssize_t length)
{
	struct phone_event event = {.kind = PHONE_RECEIVED, .received = {.id = lab->phone[i].conn[n].id}};
	enum lab_manner manner = lab->phone[i].conn[n].service == LAB_TVS
				     ? lab->tls_tvs.manner
				     : lab->tls_capf[lab->phone[i].conn[n].cm].manner;
	size_t part =
	    length > 20 ? rng_range(lab->rng, 1, (uint64_t)length) : (size_t)(length > 0 ? length : 0);

	if (length <= 0)
		abort();
	if (manner != LAB_CORRECT) {
		send_hostile(lab, i, n, manner, bytes, (size_t)length);
		return;
	}
	lab_to_phone(lab, i, delay_us, &event, bytes, part);
	if (part < (size_t)length)
		lab_to_phone(lab, i, delay_us + 500, &event, (const uint8_t *)bytes + part,
			     (size_t)length - part);
}

/* --- TVS --- */

static void tvs_bytes(struct memory_lab *lab, unsigned i, unsigned n, const uint8_t *bytes, size_t length)
{
	struct tvs_store *nothing = lab->tvs ? NULL : lab_need(tvs_store_new());
	uint8_t out[8192];
	struct tvs request, answer = {0};

	lab->tvs_questions++;
	if (tvs_decode(bytes, length, &request, NULL) ||
	    tvs_store_answer(lab->tvs ? lab->tvs : nothing, &request, &answer))
		abort();
	lab_service_reply(lab, i, n, 2000, out, tvs_encode(&answer, out, sizeof(out)));
	tvs_store_free(nothing);
}

void lab_service_bytes(struct memory_lab *lab, unsigned i, unsigned n, const uint8_t *bytes, size_t length)
{
	if (lab->phone[i].conn[n].service == LAB_TVS)
		tvs_bytes(lab, i, n, bytes, length);
	else
		lab_capf_bytes(lab, i, n, bytes, length);
}

/* --- encrypted files --- */

void memory_lab_put_encrypted(struct memory_lab *lab, const char *name, const struct lab_signer *signer,
			      const struct lab_signer *recipient, const void *bytes, size_t length)
{
	size_t padding = encfile_padding(length), wrapped_length = 512;
	uint8_t key[16], iv[16], wrapped[512], hash[64], *padded = lab_need(malloc(length + padding)),
							 *cipher = lab_need(malloc(length + padding)), *out;
	EVP_PKEY_CTX *rsa = lab_need(EVP_PKEY_CTX_new(recipient->key, NULL));
	EVP_CIPHER_CTX *aes = lab_need(EVP_CIPHER_CTX_new());
	struct encfile file = {.padding = (uint16_t)padding, .key_bits = 2048, .digest = TRUSTLIST_SHA512};
	char sgn[200];
	int part, last;

	memset(key, 0x4b, sizeof(key));
	memset(iv, 0x49, sizeof(iv));
	memcpy(padded, bytes, length);
	memset(padded + length, ENCFILE_PAD, padding);
	EVP_Digest(bytes, length, hash, NULL, EVP_sha512(), NULL);
	if (EVP_PKEY_encrypt_init(rsa) != 1 || EVP_PKEY_CTX_set_rsa_padding(rsa, RSA_PKCS1_PADDING) != 1 ||
	    EVP_PKEY_encrypt(rsa, wrapped, &wrapped_length, key, sizeof(key)) != 1 ||
	    EVP_EncryptInit_ex(aes, EVP_aes_128_cbc(), NULL, key, iv) != 1 ||
	    EVP_CIPHER_CTX_set_padding(aes, 0) != 1 ||
	    EVP_EncryptUpdate(aes, cipher, &part, padded, (int)(length + padding)) != 1 ||
	    EVP_EncryptFinal_ex(aes, cipher + part, &last) != 1)
		abort();
	memcpy(file.iv, iv, sizeof(iv));
	file.key = (struct wire_slice){wrapped, wrapped_length};
	file.hash = (struct wire_slice){hash, sizeof(hash)};
	out = lab_need(malloc(length + 8192));
	snprintf(sgn, sizeof(sgn), "%s.enc.sgn", name);
	memory_lab_put_file(
	    lab, sgn, out,
	    lab_sign_encrypted(signer, sgn, &file, cipher, length + padding, out, length + 8192));
	EVP_PKEY_CTX_free(rsa);
	EVP_CIPHER_CTX_free(aes);
	free(padded);
	free(cipher);
	free(out);
}
