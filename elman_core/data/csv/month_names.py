"""Month names: what months are called, in full or in short, in the languages that tables are written in."""

from __future__ import annotations

__all__ = ["MONTHS"]

# -- names of months; from here on, a script that reads tables with times in their header has it too --

_MONTH_NAMES = (
    "january jan januar jänner jän janvier janv enero ene gennaio gen janeiro januari styczeń stycznia sty leden ledna"
    " январь января янв tammikuu",
    "february feb februar feber fevrier février fev fév févr fevr febrero febbraio fevereiro februari luty lutego lut"
    " únor února февраль февраля фев февр helmikuu",
    "march mar märz maerz mär mrz mars marzo março marco maart mrt marts marzec marca březen března март марта мар"
    " maaliskuu",
    "april apr avril avr abril abr aprile kwiecień kwietnia kwi duben dubna апрель апреля апр huhtikuu",
    "may mai mayo maggio mag maio mei maj maja květen května май мая toukokuu",
    "june jun juni juin junio giugno giu junho czerwiec czerwca cze červen června июнь июня июн kesäkuu",
    "july jul juli juillet juil julio luglio lug julho lipiec lipca lip červenec července июль июля июл heinäkuu",
    "august aug août aout aoû aou agosto ago augustus augusti sierpień sierpnia sie srpen srpna август августа авг"
    " elokuu",
    "september sep sept septembre septiembre setiembre settembre set setembro wrzesień września wrz září сентябрь"
    " сентября сен сент syyskuu",
    "october oct oktober okt octobre octubre ottobre ott outubro out październik października paź říjen října октябрь"
    " октября окт lokakuu",
    "november nov novembre noviembre novembro listopad listopada lis ноябрь ноября ноя нояб marraskuu",
    "december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro grudzień grudnia gru prosinec"
    " prosince декабрь декабря дек joulukuu",
)
MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
