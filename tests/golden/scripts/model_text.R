# What lavaan reads in model texts, for tests/golden/model_text.json.
# R 4.2.2, lavaan 0.6-14, jsonlite:  Rscript model_text.R > ../model_text.json
suppressMessages(library(lavaan))

texts <- c(
  "f =~ x1 + x2 + x3",
  "f =~ x1 + x2; g =~ y1 + y2; g ~ f",
  "f =~ x1 +\n x2\n # a comment\n + x3 ! another\ng =~ y1",
  "f + g =~ x1 + x2",
  "f =~ NA*x1 + x2\nf ~~ 1*f",
  "f =~ 0.8*x1 + -1*x2 + 1e-3*x3 + .5*x4",
  "f =~ start(0.5)*x1 + start(c(.5, .6))*x2",
  "f =~ a*x1 + \"b\"*x2 + label(\"d\")*x3",
  "f =~ x1 + a*x1 + x2",
  "f =~ a*x1 + x1 + x2",
  "f =~ c(a, b)*x1 + c(\"d\", \"e\")*x2 + label(c(\"g\", \"h\"))*x3",
  "f =~ c('a', 'b')*x1",
  "f =~ c(1, NA)*x1 + c(NA, NA)*x2 + c(0.5, 0.5)*x3",
  "f =~ start(c(.5, NA))*x1",
  "f <~ x1 + x2 + x3",
  "f <~ 1*x1 + x2",
  "y ~ x + z",
  "y1 + y2 ~ x + z",
  "y ~ b*x + -0.5*z + NA*w",
  "y ~ 1",
  "y ~ a*1",
  "y ~ 0*1",
  "y ~ 1 + z",
  "y ~ 1*z",
  "x1 + x2 ~ 1",
  "y ~ c(0, NA)*1",
  "x1 ~~ x2",
  "x1 ~~ x1 + 0*x2 + a*x3",
  "x1 + x2 ~~ x3",
  "f =~ x1 + x2; g =~ x3 + x4; f ~~ 0*g; x1 ~~ v*x1",
  "x | t1 + t2 + t3",
  "x | 0.5*t1 + a*t2",
  "x + y | t1",
  "x ~*~ x",
  "x ~*~ 1*x; y ~*~ c(1, NA)*y",
  "f =~ x1 + x2; g =~ y1 + y2; h =~ z1 + z2; h ~ f + g + f:g",
  "f =~ x1 + x2; g =~ y1; h =~ z1 + z2; h ~ f + a*f:g",
  "m ~ a*x\ny ~ b*m + c*x\nindirect := a*b\ntotal := indirect + c",
  "y ~ a*x + b*z\nratio := (a + b)/(1 + exp(-a^2))\nsize := sqrt(abs(a*b)) - log(2)",
  "y ~ a*x + b*z\na == b",
  "y ~ a*x + b*z\na > 0; b < 1\na + b == 1",
  "y ~ a*x + b*z\nd := a*\nb",
  "f =~ x1 + x2 + x3\ng =~ x4 + x5\nh =~ f + g",
  "\u6ee1\u610f =~ \u95ee1 + \u95ee2",
  "f=~x1+x2;g=~y1+y2;g~f;;x1~~y1",
  "x1 ~ x2\nf =~ x1 + x3",
  "item.1 ~ item.2 + long_name_3"
)

read <- function(text) {
  table <- lavParseModelString(text, as.data.frame. = TRUE)
  rows <- as.matrix(table[, c("lhs", "op", "rhs", "fixed", "start", "label")])
  formulas <- lapply(attr(table, "constraints"), function(x) c(x$lhs, x$op, x$rhs))
  list(text = text, rows = unname(rows), formulas = formulas)
}

out <- list(
  study = "model texts that were made up",
  oracle = paste("lavaan", packageVersion("lavaan"), "lavParseModelString(), as a table"),
  settings = "defaults; a row is lhs, op, rhs, fixed, start, label; values of groups have semicolons",
  script = "scripts/model_text.R",
  licence = "figures only; lavaan is under GPL-2 or later, none of its code is here",
  precision = "exact"
)
plain <- function(x) jsonlite::toJSON(x, auto_unbox = TRUE)
cat("{\n")
for (key in names(out)) cat(" ", plain(key), ": ", plain(out[[key]]), ",\n", sep = "")
cat(" \"texts\": [\n  ", paste(sapply(lapply(texts, read), plain), collapse = ",\n  "), "\n ]\n}\n", sep = "")
