"""Domains that say nothing about a company: mail providers anybody can have an address at."""

FREEMAIL = frozenset("""
126.com 163.com 188.com aol.com bluewin.ch btinternet.com comcast.net cox.net duck.com email.com
fastmail.com fastmail.fm free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com
hey.com home.nl hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hotmail.nl hushmail.com
icloud.com inbox.ru kpnmail.nl laposte.net libero.it live.com live.nl mac.com mail.com mail.ru me.com
msn.com naver.com orange.fr outlook.com outlook.de outlook.fr planet.nl pm.me posteo.de proton.me
protonmail.com qq.com rediffmail.com rocketmail.com sbcglobal.net sfr.fr shaw.ca sky.com t-online.de
tuta.com tutanota.com verizon.net virgilio.it wanadoo.fr web.de wp.pl xs4all.nl yahoo.ca yahoo.co.in
yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru
ymail.com zoho.com
""".split())


def is_freemail(domain: str) -> bool:
    """True when an address at this domain tells nothing about its owner's company."""
    return domain.lower() in FREEMAIL
