/* OpenSSL reads from the input buffer of a connection and writes to its output, without a copy of its own. */
#include <event2/buffer.h>

#include "phone-sim/driver/tcp.h"
#include "phone-sim/driver/tls_internal.h"

static int bio_write(BIO *bio, const char *bytes, int length)
{
	BIO_clear_retry_flags(bio);
	if (length <= 0)
		return 0;
	return tcp_send(BIO_get_data(bio), bytes, (size_t)length) ? -1 : length;
}

static int bio_read(BIO *bio, char *bytes, int length)
{
	int got = evbuffer_remove(tcp_input(BIO_get_data(bio)), bytes, (size_t)length);

	BIO_clear_retry_flags(bio);
	if (got > 0 || length <= 0)
		return got;
	BIO_set_retry_read(bio);
	return -1;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH;
}

/* One for the process. */
static BIO_METHOD *method(void)
{
	static BIO_METHOD *made;

	if (made)
		return made;
	made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "phone connection");
	if (made && (!BIO_meth_set_write(made, bio_write) || !BIO_meth_set_read(made, bio_read) ||
		     !BIO_meth_set_ctrl(made, bio_ctrl))) {
		BIO_meth_free(made);
		made = NULL;
	}
	return made;
}

BIO *tls_bio_new(struct tcp *tcp)
{
	BIO_METHOD *kind = method();
	BIO *bio = kind ? BIO_new(kind) : NULL;

	if (bio) {
		BIO_set_data(bio, tcp);
		BIO_set_init(bio, 1);
	}
	return bio;
}
