/* Locales: a dictionary for the display of each model family, and the tones of a country. */
#include "cucm/tree.h"

#include <stdio.h>
#include <string.h>

#include "cucm/model.h"
#include "cucm/zip.h"
#include "base/markup.h"

#define PHRASES 6

struct dictionary {
	const char *language; /* first two letters of the language code */
	const char *phrase[PHRASES];
};

static const struct dictionary dictionaries[] = {
    {"en", {"Redial", "New call", "Answer", "Hold", "Missed calls", "Phone not registered"}},
    {"de",
     {"Wahlwiederholung", "Neuer Anruf", "Annehmen", "Halten", "Entgangene Anrufe",
      "Telefon nicht registriert"}},
    {"es", {"Rellamar", "Llamada nueva", "Contestar", "Retener", "Llamadas perdidas", "Sin registrar"}},
    {"fr",
     {"Bis", "Nouvel appel", "R\xc3\xa9pondre", "Attente", "Appels manqu\xc3\xa9s", "Non enregistr\xc3\xa9"}},
    {"it", {"Riselezione", "Nuova chiamata", "Rispondi", "Attesa", "Chiamate perse", "Non registrato"}},
};

struct tones {
	const char *country;
	const char *dial, *busy, *ringback; /* Hz @ milliseconds on/off, 0: without end; ITU-T E.180 */
};

static const struct tones tones[] = {
    {"United_States", "350+440@0", "480+620@500/500", "440+480@2000/4000"},
    {"France", "440@0", "440@500/500", "440@1500/3500"},
    {"Germany", "425@0", "425@480/480", "425@1000/4000"},
    {"Italy", "425@200/200/600/1000", "425@500/500", "425@1000/4000"},
    {"Spain", "425@0", "425@200/200", "425@1500/3000"},
    {"United_Kingdom", "350+440@0", "400@375/375", "400+450@400/200/400/2000"},
};

static const struct dictionary *locale_dictionary(const char *language)
{
	for (size_t i = 0; i < sizeof(dictionaries) / sizeof(*dictionaries); i++)
		if (!strncmp(dictionaries[i].language, language, 2))
			return &dictionaries[i];
	return &dictionaries[0];
}

static const struct tones *locale_tones(const char *country)
{
	for (size_t i = 0; i < sizeof(tones) / sizeof(*tones); i++)
		if (!strcmp(tones[i].country, country))
			return &tones[i];
	return &tones[0];
}

static const char *locale_version(const struct cucm_locale *locale)
{
	return locale->version ? locale->version : "14.0.0.0(1)";
}

static int locale_jar(struct tree *tree, const struct cucm_locale *locale, const char *jar)
{
	const struct dictionary *dictionary = locale_dictionary(locale->language);
	struct text phrases = {0}, archive = {0};
	struct zip zip = {0};
	char name[256];
	static const char manifest[] = "Manifest-Version: 1.0\r\n\r\n";

	markup_add(&phrases,
		   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		   "<dictionary locale=\"%s\" language=\"%s\" version=\"%s\">\n",
		   locale->user, locale->language, locale_version(locale));
	for (size_t i = 0; i < PHRASES; i++)
		markup_add(&phrases, "  <phrase name=\"%s\">%s</phrase>\n", dictionaries[0].phrase[i],
			   dictionary->phrase[i]);
	text_add(&phrases, "</dictionary>\n");

	zip_add(&zip, "META-INF/MANIFEST.MF", manifest, sizeof(manifest) - 1);
	zip_add(&zip, "dictionary.xml", phrases.bytes, phrases.length);
	archive.failed = phrases.failed;
	zip_finish(&zip, &archive);
	text_free(&phrases);
	snprintf(name, sizeof(name), "%s/%s", locale->user, jar);
	return tree_put_text(tree, name, &archive);
}

static int locale_tone_file(struct tree *tree, const struct cucm_locale *locale)
{
	const struct tones *tone = locale_tones(locale->network);
	struct text text = {0};
	char name[256];

	markup_add(&text,
		   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<tones version=\"%s\">\n"
		   "  <trkLocaleName>%s</trkLocaleName>\n  <tone name=\"dial\" pattern=\"%s\"/>\n"
		   "  <tone name=\"busy\" pattern=\"%s\"/>\n"
		   "  <tone name=\"ringback\" pattern=\"%s\"/>\n</tones>\n",
		   locale_version(locale), locale->network, tone->dial, tone->busy, tone->ringback);
	snprintf(name, sizeof(name), "%s/g3-tones.xml", locale->network);
	return tree_put_text(tree, name, &text);
}

/* The files of one locale, for all models; each device's configuration names its own. */
static int locale_files(struct tree *tree, const struct cucm_locale *locale)
{
	int err = locale_tone_file(tree, locale);

	for (const struct cucm_model *model = cucm_models(); model->name && !err; model++) {
		bool seen = false;

		for (const struct cucm_model *other = cucm_models(); other != model; other++)
			seen |= !strcmp(other->jar, model->jar);
		if (!seen)
			err = locale_jar(tree, locale, model->jar);
	}
	return err;
}

int tree_locales(struct tree *tree)
{
	int err = 0;

	for (size_t i = 0; i < tree->plan->device_count && !err; i++) {
		const struct cucm_locale *locale = tree->plan->devices[i].locale;

		if (locale && !(i && tree->plan->devices[i - 1].locale == locale))
			err = locale_files(tree, locale);
	}
	return err;
}
