/* Failures of TLS in the words of a log. */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "phone-sim/driver/tls_internal.h"

/* RFC 5246 7.2 and RFC 8446 6, by number. */
static const struct {
	int number;
	const char *text;
} alerts[] = {
    {SSL_AD_UNEXPECTED_MESSAGE, "alert unexpected message"},
    {SSL_AD_BAD_RECORD_MAC, "alert bad record mac"},
    {SSL_AD_DECRYPTION_FAILED, "alert decryption failed"},
    {SSL_AD_RECORD_OVERFLOW, "alert record overflow"},
    {SSL_AD_DECOMPRESSION_FAILURE, "alert decompression failure"},
    {SSL_AD_HANDSHAKE_FAILURE, "alert handshake failure"},
    {SSL_AD_NO_CERTIFICATE, "alert no certificate"},
    {SSL_AD_BAD_CERTIFICATE, "alert bad certificate"},
    {SSL_AD_UNSUPPORTED_CERTIFICATE, "alert unsupported certificate"},
    {SSL_AD_CERTIFICATE_REVOKED, "alert certificate revoked"},
    {SSL_AD_CERTIFICATE_EXPIRED, "alert certificate expired"},
    {SSL_AD_CERTIFICATE_UNKNOWN, "alert certificate unknown"},
    {SSL_AD_ILLEGAL_PARAMETER, "alert illegal parameter"},
    {SSL_AD_UNKNOWN_CA, "alert unknown ca"},
    {SSL_AD_ACCESS_DENIED, "alert access denied"},
    {SSL_AD_DECODE_ERROR, "alert decode error"},
    {SSL_AD_DECRYPT_ERROR, "alert decrypt error"},
    {SSL_AD_EXPORT_RESTRICTION, "alert export restriction"},
    {SSL_AD_PROTOCOL_VERSION, "no common TLS version (alert protocol version)"},
    {SSL_AD_INSUFFICIENT_SECURITY, "no common cipher (alert insufficient security)"},
    {SSL_AD_INTERNAL_ERROR, "alert internal error"},
    {SSL_AD_INAPPROPRIATE_FALLBACK, "alert inappropriate fallback"},
    {SSL_AD_USER_CANCELLED, "alert user canceled"},
    {SSL_AD_NO_RENEGOTIATION, "alert no renegotiation"},
    {SSL_AD_MISSING_EXTENSION, "alert missing extension"},
    {SSL_AD_UNSUPPORTED_EXTENSION, "alert unsupported extension"},
    {SSL_AD_UNRECOGNIZED_NAME, "alert unrecognized name"},
    {SSL_AD_CERTIFICATE_REQUIRED, "alert certificate required"},
};

static const char *alert_name(int number)
{
	for (size_t i = 0; i < sizeof(alerts) / sizeof(*alerts); i++)
		if (alerts[i].number == number)
			return alerts[i].text;
	return "unknown alert";
}

/* handshake_failure and its kin have several causes; how far the handshake came tells them apart. */
static const char *received_name(const struct tls_progress *progress)
{
	bool refused = progress->alert_in == SSL_AD_HANDSHAKE_FAILURE ||
		       progress->alert_in == SSL_AD_CERTIFICATE_REQUIRED ||
		       progress->alert_in == SSL_AD_NO_CERTIFICATE;

	if (progress->alert_in == SSL_AD_HANDSHAKE_FAILURE && !progress->hello)
		return "no common cipher (alert handshake failure)";
	if (refused && progress->certificate && !progress->offered)
		return "the server wants a certificate, the phone has none";
	return alert_name(progress->alert_in);
}

static const char *reason_name(unsigned long code)
{
	const char *text;

	if (ERR_GET_LIB(code) != ERR_LIB_SSL)
		return "TLS failed";
	switch (ERR_GET_REASON(code)) {
	case SSL_R_CERTIFICATE_VERIFY_FAILED: return "certificate not trusted";
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_UNKNOWN_PROTOCOL: return "the server does not speak TLS";
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_WRONG_SSL_VERSION:
	case SSL_R_VERSION_TOO_LOW:
	case SSL_R_VERSION_TOO_HIGH: return "no common TLS version";
	case SSL_R_NO_CIPHERS_AVAILABLE:
	case SSL_R_NO_CIPHER_MATCH: return "no cipher left to offer";
	case SSL_R_WRONG_CIPHER_RETURNED:
	case SSL_R_UNKNOWN_CIPHER_RETURNED: return "the server chose a cipher that was not offered";
	case SSL_R_EXCESSIVE_MESSAGE_SIZE: return "a handshake message is too large";
	case SSL_R_BAD_SIGNATURE: return "the server does not hold the key of its certificate";
	default: break;
	}
	text = ERR_reason_error_string(code);
	return text ? text : "TLS failed";
}

const char *tls_error_name(const struct tls_progress *progress)
{
	unsigned long code = ERR_get_error();

	ERR_clear_error();
	if (progress->alert_in >= 0)
		return received_name(progress);
	return code ? reason_name(code) : "TLS failed";
}
