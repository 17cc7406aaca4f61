#ifndef WIRE_PCAPNG_BLOCKS_H
#define WIRE_PCAPNG_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

/* What the two halves of wire/pcapng share, for them only: block types and option codes of the format. */
#define BLOCK_SECTION	0x0a0d0d0au
#define BLOCK_INTERFACE 0x00000001u
#define BLOCK_OLD	0x00000002u /* the obsolete packet block */
#define BLOCK_SIMPLE	0x00000003u
#define BLOCK_ENHANCED	0x00000006u
#define BLOCK_SECRETS	0x0000000au
#define SECRETS_TLS	0x544c534bu /* "TLSK" */
#define BYTE_ORDER_MARK 0x1a2b3c4du

enum option {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	OPTION_IF_NAME = 2,
	OPTION_IF_DESCRIPTION = 3,
	OPTION_SHB_USERAPPL = 4,
	OPTION_IF_TSRESOL = 9,
	OPTION_IF_TSOFFSET = 14,
};

/* length bytes of text, less what would split a UTF-8 character. */
static inline size_t utf8_cut(const char *text, size_t length, size_t most)
{
	if (length <= most)
		return length;
	while (most > 0 && ((uint8_t)text[most] & 0xc0) == 0x80)
		most--;
	return most;
}

#endif
