#include "phonelab/document/spelling.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "phonelab/document/arena.h"

__asm__(".pushsection .rodata\n"
	"spelling_text:\n .incbin \"phonelab/exercises/spelling.yaml\"\n .byte 0\n"
	".popsection\n");

extern const char spelling_text[];

#define TEXT(key, flags, type, field, doc)                                                                   \
	KEY_ROW(key, KEY_TEXT, flags, offsetof(struct type, field), 1, 100, doc)

KEY_SHAPE(spelling_row_shape, "spelling", spelling_row, "Spellings of the same thing.",
	  TEXT("is", KEY_REQUIRED, spelling_row, is, "The spelling that stands for all."),
	  TEXT("also", KEY_LIST | KEY_ONE | KEY_REQUIRED, spelling_row, also, "Its other spellings."));

static KEY_SHAPE(data_shape, "spellings", spelling_data, "Spellings.",
		 KEY_MAP("interfaces", KEY_LIST, offsetof(struct spelling_data, interfaces), 1, 32,
			 &spelling_row_shape, "Types of interfaces."),
		 TEXT("introduce", KEY_LIST, spelling_data, introduce, "Words left out before an object."),
		 KEY_MAP("synonyms", KEY_LIST, offsetof(struct spelling_data, synonyms), 1, 1000,
			 &spelling_row_shape, "Synonyms."));

struct synonym {
	char *is, *also;
	size_t length; /* of also */
};

struct spelling {
	struct arena arena;
	struct spelling_data data;
	struct synonym *synonyms;
	size_t n;
};

/* --- one object at a time: each returns the characters read, or 0 if the text does not begin so --- */

static size_t blanks(const char *text)
{
	return strspn(text, " ");
}

static size_t digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* A number without leading zeros. */
static size_t add_number(const char *text, struct text *out)
{
	size_t n = digits(text), zeros = strspn(text, "0");

	zeros = zeros == n ? n - 1 : zeros;
	text_add_bytes(out, text + zeros, n - zeros);
	return n;
}

static bool ends_here(const char *text)
{
	return !isalnum((unsigned char)*text) && *text != '_' &&
	       !(strchr("./:-", *text) && *text && isalnum((unsigned char)text[1]));
}

/* The row of a type of interface, or NULL. */
static const struct spelling_row *row_of(const struct spelling *it, const char *text, size_t length)
{
	for (size_t i = 0; i < it->data.interfaces.n; i++) {
		const struct spelling_row *row = &it->data.interfaces.items[i];

		if (strlen(row->is) == length && !strncmp(row->is, text, length))
			return row;
		for (size_t j = 0; j < row->also.n; j++)
			if (strlen(row->also.items[j]) == length &&
			    !strncmp(row->also.items[j], text, length))
				return row;
	}
	return NULL;
}

/* "gigabitethernet 1/0/5", also with a sub-interface. A number without a slash is no port. */
static size_t interface_at(const struct spelling *it, const char *text, struct text *out)
{
	size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyz"), n = letters + blanks(text + letters);
	const struct spelling_row *row = letters ? row_of(it, text, letters) : NULL;
	size_t slashes = 0, at = n;

	if (!row || !digits(text + n))
		return 0;
	for (;;) {
		n += digits(text + n);
		if (!strchr("/.", text[n]) || !text[n] || !digits(text + n + 1))
			break;
		slashes += text[n++] == '/';
	}
	if (!slashes || isalnum((unsigned char)text[n]) || text[n] == '/')
		return 0;
	text_add(out, "%s", row->is);
	while (at < n)
		if (digits(text + at))
			at += add_number(text + at, out);
		else
			text_add(out, "%c", text[at++]);
	return n;
}

/* "vlan 110", "vlan0110", "vlan-id 110" */
static size_t vlan_at(const struct spelling *it, const char *text, struct text *out)
{
	size_t n = 4;

	(void)it;
	if (strncmp(text, "vlan", 4))
		return 0;
	n += strspn(text + n, " -_:#");
	if (!strncmp(text + n, "id", 2) && !isalpha((unsigned char)text[n + 2]))
		n += 2;
	n += strspn(text + n, " -_:#");
	if (!digits(text + n) || !ends_here(text + n + digits(text + n)))
		return 0;
	text_add(out, "vlan ");
	return n + add_number(text + n, out);
}

/* Twelve hexadecimal digits, in groups of two, four or twelve; "sep" before it stays. */
static size_t mac_at(const struct spelling *it, const char *text, struct text *out)
{
	static const struct {
		size_t group;
		const char *between;
	} forms[] = {{12, ""}, {2, ":"}, {2, "-"}, {4, "."}};
	size_t before = !strncmp(text, "sep", 3) ? 3 + strspn(text + 3, " -_") : 0;

	(void)it;
	for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
		size_t n = before, hex = 0;
		char mac[13] = "";

		while (hex < 12 && isxdigit((unsigned char)text[n])) {
			mac[hex++] = text[n++];
			if (hex < 12 && hex % forms[f].group == 0 && text[n] == *forms[f].between)
				n++;
			else if (hex < 12 && hex % forms[f].group == 0)
				break;
		}
		if (hex < 12 || isalnum((unsigned char)text[n]) ||
		    (*forms[f].between && text[n] == *forms[f].between &&
		     isxdigit((unsigned char)text[n + 1])))
			continue;
		text_add(out, "%s%s", before ? "sep" : "", mac);
		return n;
	}
	return 0;
}

/* "010.020.000.003" */
static size_t address_at(const struct spelling *it, const char *text, struct text *out)
{
	size_t n = 0, ends[4];

	(void)it;
	for (int i = 0; i < 4; i++) {
		size_t length = digits(text + n);

		if (!length || length > 3 || atoi(text + n) > 255 || (i < 3 && text[n + length] != '.'))
			return 0;
		ends[i] = n + length;
		n += length + (i < 3);
	}
	if (isalnum((unsigned char)text[n]) || (text[n] == '.' && digits(text + n + 1)))
		return 0;
	for (int i = 0; i < 4; i++) {
		add_number(text + (i ? ends[i - 1] + 1 : 0), out);
		text_add(out, "%s", i < 3 ? "." : "");
	}
	return n;
}

/* The path of the run directory and of the TFTP root before a file. */
static size_t path_at(const struct spelling *it, const char *text, struct text *out)
{
	static const char *const roots[] = {"/run/phonelab/tftp/root/",
					    "run/phonelab/tftp/root/",
					    "/tftp/root/",
					    "tftp/root/",
					    "/run/phonelab/",
					    "run/phonelab/"};

	(void)it;
	(void)out;
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (!strncmp(text, roots[i], strlen(roots[i])))
			return strlen(roots[i]);
	return 0;
}

/* --- a whole text --- */

/* Lower case, single blanks, no quotes around words. */
static char *plain(const char *text)
{
	struct text out = {0};

	for (; *text; text++) {
		bool blank = isspace((unsigned char)*text) || strchr("\"'`", *text);

		if (!blank)
			text_add(&out, "%c", tolower((unsigned char)*text));
		else if (out.length && out.bytes[out.length - 1] != ' ')
			text_add(&out, " ");
	}
	while (out.length && strchr(" .!", out.bytes[out.length - 1]))
		out.bytes[--out.length] = 0;
	return text_take(&out);
}

/* Does a word begin here? inside: also behind a punctuation mark inside a word, as in sw1:Gi1/0/5. */
static bool begins_word(const char *text, const char *start, bool inside)
{
	if (text == start)
		return true;
	if (isalnum((unsigned char)text[-1]) || text[-1] == '_')
		return false;
	return inside || !strchr("./:-", text[-1]) || text - 1 == start || !isalnum((unsigned char)text[-2]);
}

static char *with_objects(const struct spelling *it, const char *text)
{
	static size_t (*const objects[])(const struct spelling *, const char *, struct text *) = {
	    interface_at, path_at, vlan_at, mac_at, address_at};
	struct text out = {0};
	const char *at = text;

	while (*at) {
		size_t n = 0;

		for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]) && !n; i++)
			if (begins_word(at, text, i == 0))
				n = objects[i](it, at, &out);
		if (!n)
			text_add_bytes(&out, at, 1);
		at += n ? n : 1;
	}
	return text_take(&out);
}

static bool introduces(const struct spelling *it, const char *word, size_t length)
{
	for (size_t i = 0; i < it->data.introduce.n; i++)
		if (strlen(it->data.introduce.items[i]) == length &&
		    !strncmp(it->data.introduce.items[i], word, length))
			return true;
	return false;
}

/* Has the word a digit, or is it a MAC of letters only? */
static bool is_object(const char *word, size_t length)
{
	return strcspn(word, "0123456789") < length || (length == 12 && strspn(word, "abcdef") >= 12);
}

/* Leave out "port" of "port gi1/0/5", and "ip address" of "ip address 10.20.0.3". */
static char *without_introductions(const struct spelling *it, const char *text)
{
	struct text out = {0};

	while (*text) {
		size_t end = 0, next = 0, length = strcspn(text, " ");

		while (introduces(it, text + next, length)) {
			end = next + length;
			next = end + blanks(text + end);
			length = strcspn(text + next, " ");
		}
		if (!is_object(text + next, length))
			next = 0; /* they introduce nothing: they stay */
		end = next + strcspn(text + next, " ");
		end += blanks(text + end);
		text_add(&out, "%.*s", (int)(end - next), text + next);
		text += end;
	}
	return text_take(&out);
}

static char *in_steps(const struct spelling *it, const char *text)
{
	char *a = plain(text), *b = with_objects(it, a ? a : ""), *c = without_introductions(it, b ? b : "");

	free(a);
	free(b);
	return c ? c : strdup("");
}

static const struct synonym *synonym_at(const struct spelling *it, const char *text)
{
	const struct synonym *best = NULL;

	for (size_t i = 0; i < it->n; i++) {
		const struct synonym *one = &it->synonyms[i];

		if ((!best || one->length >= best->length) && !strncmp(one->also, text, one->length) &&
		    ends_here(text + one->length))
			best = one;
	}
	return best;
}

char *spelling_normalise(const struct spelling *it, const char *text)
{
	char *steps = in_steps(it, text);
	const char *at = steps;
	struct text out = {0};

	while (at && *at) {
		const struct synonym *synonym = begins_word(at, steps, false) ? synonym_at(it, at) : NULL;

		if (synonym)
			text_add(&out, "%s", synonym->is);
		else
			text_add_bytes(&out, at, 1);
		at += synonym ? synonym->length : 1;
	}
	free(steps);
	return text_take(&out);
}

bool spelling_same(const struct spelling *it, const char *a, const char *b)
{
	char *one = spelling_normalise(it, a), *other = spelling_normalise(it, b);
	bool same = one && other && !strcmp(one, other);

	free(one);
	free(other);
	return same;
}

/* --- the data --- */

void spelling_add(struct spelling *it, const char *is, const char *also)
{
	struct synonym *more = realloc(it->synonyms, (it->n + 1) * sizeof(*more));

	if (!more)
		arena_out_of_memory();
	it->synonyms = more;
	more[it->n].is = in_steps(it, is);
	more[it->n].also = in_steps(it, also);
	more[it->n].length = strlen(more[it->n].also);
	if (more[it->n].length) {
		it->n++;
		return;
	}
	free(more[it->n].is);
	free(more[it->n].also);
}

struct spelling *spelling_new(void)
{
	struct complaints complaints = {.file = "phonelab/exercises/spelling.yaml"};
	struct spelling *it = calloc(1, sizeof(*it));
	struct yaml_node *root;

	if (!it)
		arena_out_of_memory();
	root = yaml_tree_parse(spelling_text, strlen(spelling_text), &it->arena, &complaints);
	if (root)
		shape_decode(&data_shape, root, &it->arena, &complaints, &it->data);
	complaints_none(&complaints);
	for (size_t i = 0; i < it->data.synonyms.n; i++)
		for (size_t j = 0; j < it->data.synonyms.items[i].also.n; j++)
			spelling_add(it, it->data.synonyms.items[i].is,
				     it->data.synonyms.items[i].also.items[j]);
	return it;
}

void spelling_free(struct spelling *it)
{
	if (!it)
		return;
	for (size_t i = 0; i < it->n; i++) {
		free(it->synonyms[i].is);
		free(it->synonyms[i].also);
	}
	free(it->synonyms);
	arena_free(&it->arena);
	free(it);
}
